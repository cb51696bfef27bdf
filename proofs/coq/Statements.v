(* Every final statement, by theorem of theory.md, and what they rest on. The build fails unless all of them are closed
   under the global context, and unless every theorem of every file is listed here, among the statements and in the tuple
   at the end.

   T1  independent sums are within twice the optimum      T2  so are residual sums, rows or columns first
   T3  and so is the best shape for a target              T4  where 2 is the limit, and what it is elsewhere
   T5  row, column, split and network bounds are sound    T5b so are the spectral ones
   T6  CLIQUE and BALANCED BICLIQUE reduce to pruning     T7  several layers, units, minima, rounded prices
   T8  list programs equal their specifications           T9  the knapsack returns a least-price choice
   T10 the checker of proof logs is sound: a plain tree, then the rule that runs
   T11 small sets with many inner edges are cheap prunings, and the reverse
   T12 linked prunings: the closure, the factor 2 *)

From RCPrune Require Approximation Sorting Shapes Tightness Domain Bounds Spectral.
From RCPrune Require BlockSplit ProofLog.
From RCPrune Require Clique Biclique Layers Programs Knapsack BranchAndBound.
From RCPrune Require Certificate Pieces.
From RCPrune Require OneEntry Primes Verifier Expansion Linked.

(* T1, T2 *)

Check @Approximation.independent_two.
Check @Approximation.rows_first_two.
Check @Approximation.columns_first_two.

(* T3 *)

Check @Sorting.smallest_least.
Check @Shapes.independent_shapes_two.
Check @Shapes.rows_first_shapes_two.
Check @Shapes.columns_first_shapes_two.
Check @Shapes.residual_shapes_two.
Check @Shapes.independent_program_two.
Check @Shapes.rows_first_program_two.
Check @Shapes.columns_first_program_two.
Check @Shapes.residual_program_two.
Check @Shapes.independent_program_dual.
Check @Shapes.residual_program_dual.
Check @Shapes.independent_at_two.
Check @Shapes.rows_first_at_two.
Check @Shapes.columns_first_at_two.
Check @Shapes.residual_at_two.
Check @Shapes.target_two.
Check @Shapes.choose_in_two.
Check @Shapes.frontier_two.

(* T4 *)

Check @Tightness.reselected_cost.
Check @Tightness.tight_output.
Check @Tightness.tight_ratio.
Check @Tightness.tight_target_independent.
Check @Tightness.tight_target_rows_first.
Check @Tightness.tight_target_columns_first.
Check @Tightness.tight_target_residual.
Check @Tightness.two_is_least.
Check @Tightness.two_is_least_minimal.
Check @Tightness.two_is_least_target.
Check @Tightness.greedy_unbounded.
Check @Tightness.greedy_no_factor.
Check @Domain.rows_first_optimal.
Check @Domain.independent_optimal.
Check @Domain.columns_first_optimal.
Check @Domain.rows_first_one_row.
Check @Domain.rows_first_limit.
Check @Domain.columns_first_limit.
Check @Domain.independent_limit.
Check @Domain.rows_first_one_row_limit.
Check @Domain.columns_first_one_column.
Check @Domain.better_one_line.
Check @OneEntry.better_one_entry.

(* T5 *)

Check @Bounds.row_bound_sound.
Check @Bounds.column_bound_sound.
Check @Bounds.split_bound_sound.
Check @Bounds.knapsack_le_price.
Check @Bounds.network_price_sound.
Check @Bounds.network_knapsack_sound.
Check @Bounds.network_cost_bound.
Check @Bounds.network_cost_knapsack.
Check @Bounds.target_budget.

(* T5b *)

Check @Spectral.quadratic_sound.
Check @Spectral.additive_spectral_sound.
Check @Spectral.multiplicative_spectral_sound.
Check @Spectral.mixed_spectral_sound.
Check @Spectral.normed_sound.
Check @Spectral.normed_scaled.

(* T6 *)

Check @Clique.clique_block.
Check @Clique.clique_shape.
Check @Clique.clique_area.
Check @Clique.clique_to_shape_yes.
Check @Clique.clique_to_target_yes.
Check @Biclique.biclique_block.
Check @Biclique.biclique_shape.
Check @Biclique.biclique_area.
Check @Biclique.biclique_to_shape_yes.
Check @Biclique.biclique_to_target_yes.
Check @Primes.prime_below.
Check @Clique.clique_shape_entries.
Check @Clique.clique_target_entries.
Check @Biclique.biclique_shape_entries.
Check @Biclique.biclique_target_entries.
Check @Verifier.additions_le.
Check @Verifier.in_NP.

(* T7 *)

Check @Layers.prune_meets.
Check @Layers.layers_rounded_dual.
Check @Layers.layers_rounded.
Check @Layers.layers_bounded.
Check @Layers.layers_two.
Check @Layers.layers_dual.
Check @Layers.independent_layers_two.
Check @Layers.rows_first_layers_two.
Check @Layers.columns_first_layers_two.
Check @Layers.residual_layers_two.

(* T8 *)

Check @Programs.rows_first_lines_spec.
Check @Programs.independent_lines_spec.
Check @Programs.columns_first_lines_spec.
Check @Programs.residual_lines_spec.
Check @Programs.independent_best_spec.
Check @Programs.rows_first_best_spec.
Check @Programs.columns_first_best_spec.
Check @Programs.residual_best_spec.
Check @Programs.independent_best_two.
Check @Programs.rows_first_best_two.
Check @Programs.columns_first_best_two.
Check @Programs.residual_best_two.
Check @Programs.network_choice_two.
Check @Programs.independent_network_two.
Check @Programs.rows_first_network_two.
Check @Programs.columns_first_network_two.
Check @Programs.residual_network_two.

(* T9 *)

Check @Knapsack.least_choice_least.
Check @Knapsack.choose_shapes_least.
Check @Knapsack.choose_shapes_two.

(* T10 *)

Check @BranchAndBound.check_tree_sound.
Check @BranchAndBound.split_node_sound.
Check @BranchAndBound.column_node_sound.
Check @BranchAndBound.check_shape_sound.
Check @BranchAndBound.check_target_sound.
Check @BranchAndBound.check_target_optimal.
Check @BranchAndBound.table_sound.
Check @BranchAndBound.network_tables_sound.

(* T5 and T5b as the checker of certificates computes them *)

Check @Certificate.packed_knapsack.
Check @Certificate.refused_unmet.
Check @Certificate.network_bound_sound.
Check @Certificate.verdict_sound.
Check @Certificate.least_at_sound.
Check @Certificate.check_list_sound.
Check @Certificate.grid_check_sound.
Check @Pieces.normed_weights.
Check @Pieces.normed_curved.
Check @Pieces.tangent_sound.
Check @Pieces.centred_sound.
Check @Pieces.multiplicative_normed_sound.

(* T10, the rule that runs *)

Check @BlockSplit.block_split_sound.
Check @BlockSplit.decided_sound.
Check @BlockSplit.walk_sound.
Check @ProofLog.step_reaches.
Check @ProofLog.step_fails.
Check @ProofLog.cost_limit_reached.
Check @ProofLog.check_records_sound.
Check @ProofLog.accepted_sound.
Check @ProofLog.accepted_optimal.

(* T11 *)

Check @Expansion.peeling.
Check @Expansion.regular_cost.
Check @Expansion.small_set_cost.
Check @Expansion.small_set_target.
Check @Expansion.expansion_target_back.
Check @Expansion.expansion_shape_back.
Check @Expansion.expansion_target_gap.
Check @Expansion.expansion_shape_gap.
Check @Expansion.expansion_target_decides.
Check @Expansion.expansion_shape_decides.

(* T12 *)

Check @Linked.silent_solves.
Check @Linked.unread_solves.
Check @Linked.closure_extensive.
Check @Linked.closure_monotone.
Check @Linked.closure_idempotent.
Check @Linked.closure_least.
Check @Linked.unlinked_closed.
Check @Linked.total_surrogate_bounds.
Check @Linked.closure_meets.
Check @Linked.closure_cost.
Check @Linked.linked_bound.
Check @Linked.linked_two.

(* A tuple rests on all that any part of it rests on. Coq looks through everything behind a theorem, MathComp included, and
   does so anew for each question: one question for all of them takes a third of the time. *)
Definition statements := (
  @Approximation.independent_two, @Approximation.rows_first_two, @Approximation.columns_first_two,
  @Sorting.smallest_least, @Shapes.independent_shapes_two, @Shapes.rows_first_shapes_two,
  @Shapes.columns_first_shapes_two, @Shapes.residual_shapes_two, @Shapes.independent_program_two,
  @Shapes.rows_first_program_two, @Shapes.columns_first_program_two, @Shapes.residual_program_two,
  @Shapes.independent_program_dual, @Shapes.residual_program_dual, @Shapes.independent_at_two,
  @Shapes.rows_first_at_two, @Shapes.columns_first_at_two, @Shapes.residual_at_two, @Shapes.target_two,
  @Shapes.choose_in_two, @Shapes.frontier_two, @Tightness.reselected_cost, @Tightness.tight_output,
  @Tightness.tight_ratio, @Tightness.tight_target_independent, @Tightness.tight_target_rows_first,
  @Tightness.tight_target_columns_first, @Tightness.tight_target_residual, @Tightness.two_is_least,
  @Tightness.two_is_least_minimal, @Tightness.two_is_least_target, @Tightness.greedy_unbounded,
  @Tightness.greedy_no_factor, @Domain.rows_first_optimal, @Domain.independent_optimal, @Domain.columns_first_optimal,
  @Domain.rows_first_one_row, @Domain.rows_first_limit, @Domain.columns_first_limit, @Domain.independent_limit,
  @Domain.rows_first_one_row_limit, @Domain.columns_first_one_column, @Domain.better_one_line, @OneEntry.better_one_entry, @Bounds.row_bound_sound,
  @Bounds.column_bound_sound, @Bounds.split_bound_sound, @Bounds.knapsack_le_price, @Bounds.network_price_sound,
  @Bounds.network_knapsack_sound, @Bounds.network_cost_bound, @Bounds.network_cost_knapsack, @Bounds.target_budget,
  @Spectral.quadratic_sound, @Spectral.additive_spectral_sound, @Spectral.multiplicative_spectral_sound,
  @Spectral.mixed_spectral_sound, @Spectral.normed_sound, @Spectral.normed_scaled, @Clique.clique_block,
  @Clique.clique_shape, @Clique.clique_area, @Clique.clique_to_shape_yes, @Clique.clique_to_target_yes,
  @Biclique.biclique_block, @Biclique.biclique_shape, @Biclique.biclique_area, @Biclique.biclique_to_shape_yes,
  @Biclique.biclique_to_target_yes, @Primes.prime_below, @Clique.clique_shape_entries, @Clique.clique_target_entries,
  @Biclique.biclique_shape_entries, @Biclique.biclique_target_entries, @Verifier.additions_le, @Verifier.in_NP,
  @Layers.prune_meets, @Layers.layers_rounded_dual, @Layers.layers_rounded, @Layers.layers_bounded, @Layers.layers_two,
  @Layers.layers_dual, @Layers.independent_layers_two, @Layers.rows_first_layers_two, @Layers.columns_first_layers_two,
  @Layers.residual_layers_two, @Programs.rows_first_lines_spec, @Programs.independent_lines_spec,
  @Programs.columns_first_lines_spec, @Programs.residual_lines_spec, @Programs.independent_best_spec,
  @Programs.rows_first_best_spec, @Programs.columns_first_best_spec, @Programs.residual_best_spec,
  @Programs.independent_best_two, @Programs.rows_first_best_two, @Programs.columns_first_best_two,
  @Programs.residual_best_two, @Programs.network_choice_two, @Programs.independent_network_two,
  @Programs.rows_first_network_two, @Programs.columns_first_network_two, @Programs.residual_network_two,
  @Knapsack.least_choice_least, @Knapsack.choose_shapes_least, @Knapsack.choose_shapes_two,
  @BranchAndBound.check_tree_sound, @BranchAndBound.split_node_sound, @BranchAndBound.column_node_sound,
  @BranchAndBound.check_shape_sound, @BranchAndBound.check_target_sound, @BranchAndBound.check_target_optimal,
  @BranchAndBound.table_sound, @BranchAndBound.network_tables_sound, @Certificate.packed_knapsack,
  @Certificate.refused_unmet, @Certificate.network_bound_sound, @Certificate.verdict_sound, @Certificate.least_at_sound,
  @Certificate.check_list_sound, @Certificate.grid_check_sound, @Pieces.normed_weights, @Pieces.normed_curved,
  @Pieces.tangent_sound, @Pieces.centred_sound, @Pieces.multiplicative_normed_sound, @BlockSplit.block_split_sound,
  @BlockSplit.decided_sound, @BlockSplit.walk_sound, @ProofLog.step_reaches, @ProofLog.step_fails,
  @ProofLog.cost_limit_reached, @ProofLog.check_records_sound, @ProofLog.accepted_sound, @ProofLog.accepted_optimal,
  @Expansion.peeling, @Expansion.regular_cost, @Expansion.small_set_cost, @Expansion.small_set_target,
  @Expansion.expansion_target_back, @Expansion.expansion_shape_back, @Expansion.expansion_target_gap,
  @Expansion.expansion_shape_gap, @Expansion.expansion_target_decides, @Expansion.expansion_shape_decides,
  @Linked.silent_solves, @Linked.unread_solves, @Linked.closure_extensive, @Linked.closure_monotone,
  @Linked.closure_idempotent, @Linked.closure_least, @Linked.unlinked_closed, @Linked.total_surrogate_bounds,
  @Linked.closure_meets, @Linked.closure_cost, @Linked.linked_bound, @Linked.linked_two).

Print Assumptions statements.
