(* Every final statement, by theorem of theory.md, and what each rests on. The build fails unless all of them are closed
   under the global context, and unless every theorem of every file is listed here.

   T1  independent sums are within twice the optimum      T2  so are residual sums, rows or columns first
   T3  and so is the best shape for a target              T4  where 2 is the limit, and what it is elsewhere
   T5  row, column, split and network bounds are sound    T5b so are the spectral ones
   T6  CLIQUE and BALANCED BICLIQUE reduce to pruning     T7  several layers, units, minima, rounded prices
   T8  list programs equal their specifications           T9  the knapsack returns a least-price choice
   T10 the branch-and-bound tree checker is sound *)

From RCPrune Require Approximation Sorting Shapes Tightness Domain Bounds Spectral.
From RCPrune Require Clique Biclique Layers Programs Knapsack BranchAndBound.
From RCPrune Require Certificate Pieces.

(* T1, T2 *)

Check @Approximation.independent_two.
Print Assumptions Approximation.independent_two.

Check @Approximation.rows_first_two.
Print Assumptions Approximation.rows_first_two.

Check @Approximation.columns_first_two.
Print Assumptions Approximation.columns_first_two.

(* T3 *)

Check @Sorting.smallest_least.
Print Assumptions Sorting.smallest_least.

Check @Shapes.independent_shapes_two.
Print Assumptions Shapes.independent_shapes_two.

Check @Shapes.rows_first_shapes_two.
Print Assumptions Shapes.rows_first_shapes_two.

Check @Shapes.columns_first_shapes_two.
Print Assumptions Shapes.columns_first_shapes_two.

Check @Shapes.residual_shapes_two.
Print Assumptions Shapes.residual_shapes_two.

Check @Shapes.independent_program_two.
Print Assumptions Shapes.independent_program_two.

Check @Shapes.rows_first_program_two.
Print Assumptions Shapes.rows_first_program_two.

Check @Shapes.columns_first_program_two.
Print Assumptions Shapes.columns_first_program_two.

Check @Shapes.residual_program_two.
Print Assumptions Shapes.residual_program_two.

Check @Shapes.independent_program_dual.
Print Assumptions Shapes.independent_program_dual.

Check @Shapes.residual_program_dual.
Print Assumptions Shapes.residual_program_dual.

Check @Shapes.independent_at_two.
Print Assumptions Shapes.independent_at_two.

Check @Shapes.rows_first_at_two.
Print Assumptions Shapes.rows_first_at_two.

Check @Shapes.columns_first_at_two.
Print Assumptions Shapes.columns_first_at_two.

Check @Shapes.residual_at_two.
Print Assumptions Shapes.residual_at_two.

Check @Shapes.target_two.
Print Assumptions Shapes.target_two.

Check @Shapes.choose_in_two.
Print Assumptions Shapes.choose_in_two.

Check @Shapes.frontier_two.
Print Assumptions Shapes.frontier_two.

(* T4 *)

Check @Tightness.reselected_cost.
Print Assumptions Tightness.reselected_cost.

Check @Tightness.tight_output.
Print Assumptions Tightness.tight_output.

Check @Tightness.tight_ratio.
Print Assumptions Tightness.tight_ratio.

Check @Tightness.tight_target_independent.
Print Assumptions Tightness.tight_target_independent.

Check @Tightness.tight_target_rows_first.
Print Assumptions Tightness.tight_target_rows_first.

Check @Tightness.tight_target_columns_first.
Print Assumptions Tightness.tight_target_columns_first.

Check @Tightness.tight_target_residual.
Print Assumptions Tightness.tight_target_residual.

Check @Tightness.two_is_least.
Print Assumptions Tightness.two_is_least.

Check @Tightness.two_is_least_minimal.
Print Assumptions Tightness.two_is_least_minimal.

Check @Tightness.two_is_least_target.
Print Assumptions Tightness.two_is_least_target.

Check @Tightness.greedy_unbounded.
Print Assumptions Tightness.greedy_unbounded.

Check @Tightness.greedy_no_factor.
Print Assumptions Tightness.greedy_no_factor.

Check @Domain.rows_first_optimal.
Print Assumptions Domain.rows_first_optimal.

Check @Domain.independent_optimal.
Print Assumptions Domain.independent_optimal.

Check @Domain.columns_first_optimal.
Print Assumptions Domain.columns_first_optimal.

Check @Domain.rows_first_one_row.
Print Assumptions Domain.rows_first_one_row.

Check @Domain.rows_first_limit.
Print Assumptions Domain.rows_first_limit.

Check @Domain.columns_first_limit.
Print Assumptions Domain.columns_first_limit.

Check @Domain.independent_limit.
Print Assumptions Domain.independent_limit.

Check @Domain.rows_first_one_row_limit.
Print Assumptions Domain.rows_first_one_row_limit.

Check @Domain.columns_first_one_column.
Print Assumptions Domain.columns_first_one_column.

Check @Domain.better_one_line.
Print Assumptions Domain.better_one_line.

(* T5 *)

Check @Bounds.row_bound_sound.
Print Assumptions Bounds.row_bound_sound.

Check @Bounds.column_bound_sound.
Print Assumptions Bounds.column_bound_sound.

Check @Bounds.split_bound_sound.
Print Assumptions Bounds.split_bound_sound.

Check @Bounds.knapsack_le_price.
Print Assumptions Bounds.knapsack_le_price.

Check @Bounds.network_price_sound.
Print Assumptions Bounds.network_price_sound.

Check @Bounds.network_knapsack_sound.
Print Assumptions Bounds.network_knapsack_sound.

Check @Bounds.network_cost_bound.
Print Assumptions Bounds.network_cost_bound.

Check @Bounds.network_cost_knapsack.
Print Assumptions Bounds.network_cost_knapsack.

Check @Bounds.target_budget.
Print Assumptions Bounds.target_budget.

(* T5b *)

Check @Spectral.quadratic_sound.
Print Assumptions Spectral.quadratic_sound.

Check @Spectral.additive_spectral_sound.
Print Assumptions Spectral.additive_spectral_sound.

Check @Spectral.multiplicative_spectral_sound.
Print Assumptions Spectral.multiplicative_spectral_sound.

Check @Spectral.mixed_spectral_sound.
Print Assumptions Spectral.mixed_spectral_sound.

Check @Spectral.normed_sound.
Print Assumptions Spectral.normed_sound.

Check @Spectral.normed_scaled.
Print Assumptions Spectral.normed_scaled.

(* T6 *)

Check @Clique.clique_block.
Print Assumptions Clique.clique_block.

Check @Clique.clique_shape.
Print Assumptions Clique.clique_shape.

Check @Clique.clique_area.
Print Assumptions Clique.clique_area.

Check @Clique.clique_to_shape_yes.
Print Assumptions Clique.clique_to_shape_yes.

Check @Clique.clique_to_target_yes.
Print Assumptions Clique.clique_to_target_yes.

Check @Biclique.biclique_block.
Print Assumptions Biclique.biclique_block.

Check @Biclique.biclique_shape.
Print Assumptions Biclique.biclique_shape.

Check @Biclique.biclique_area.
Print Assumptions Biclique.biclique_area.

Check @Biclique.biclique_to_shape_yes.
Print Assumptions Biclique.biclique_to_shape_yes.

Check @Biclique.biclique_to_target_yes.
Print Assumptions Biclique.biclique_to_target_yes.

(* T7 *)

Check @Layers.prune_meets.
Print Assumptions Layers.prune_meets.

Check @Layers.layers_rounded_dual.
Print Assumptions Layers.layers_rounded_dual.

Check @Layers.layers_rounded.
Print Assumptions Layers.layers_rounded.

Check @Layers.layers_bounded.
Print Assumptions Layers.layers_bounded.

Check @Layers.layers_two.
Print Assumptions Layers.layers_two.

Check @Layers.layers_dual.
Print Assumptions Layers.layers_dual.

Check @Layers.independent_layers_two.
Print Assumptions Layers.independent_layers_two.

Check @Layers.rows_first_layers_two.
Print Assumptions Layers.rows_first_layers_two.

Check @Layers.columns_first_layers_two.
Print Assumptions Layers.columns_first_layers_two.

Check @Layers.residual_layers_two.
Print Assumptions Layers.residual_layers_two.

(* T8 *)

Check @Programs.rows_first_lines_spec.
Print Assumptions Programs.rows_first_lines_spec.

Check @Programs.independent_lines_spec.
Print Assumptions Programs.independent_lines_spec.

Check @Programs.columns_first_lines_spec.
Print Assumptions Programs.columns_first_lines_spec.

Check @Programs.residual_lines_spec.
Print Assumptions Programs.residual_lines_spec.

Check @Programs.independent_best_spec.
Print Assumptions Programs.independent_best_spec.

Check @Programs.rows_first_best_spec.
Print Assumptions Programs.rows_first_best_spec.

Check @Programs.columns_first_best_spec.
Print Assumptions Programs.columns_first_best_spec.

Check @Programs.residual_best_spec.
Print Assumptions Programs.residual_best_spec.

Check @Programs.independent_best_two.
Print Assumptions Programs.independent_best_two.

Check @Programs.rows_first_best_two.
Print Assumptions Programs.rows_first_best_two.

Check @Programs.columns_first_best_two.
Print Assumptions Programs.columns_first_best_two.

Check @Programs.residual_best_two.
Print Assumptions Programs.residual_best_two.

Check @Programs.network_choice_two.
Print Assumptions Programs.network_choice_two.

Check @Programs.independent_network_two.
Print Assumptions Programs.independent_network_two.

Check @Programs.rows_first_network_two.
Print Assumptions Programs.rows_first_network_two.

Check @Programs.columns_first_network_two.
Print Assumptions Programs.columns_first_network_two.

Check @Programs.residual_network_two.
Print Assumptions Programs.residual_network_two.

(* T9 *)

Check @Knapsack.least_choice_least.
Print Assumptions Knapsack.least_choice_least.

Check @Knapsack.choose_shapes_least.
Print Assumptions Knapsack.choose_shapes_least.

Check @Knapsack.choose_shapes_two.
Print Assumptions Knapsack.choose_shapes_two.

(* T10 *)

Check @BranchAndBound.check_tree_sound.
Print Assumptions BranchAndBound.check_tree_sound.

Check @BranchAndBound.split_node_sound.
Print Assumptions BranchAndBound.split_node_sound.

Check @BranchAndBound.column_node_sound.
Print Assumptions BranchAndBound.column_node_sound.

Check @BranchAndBound.check_shape_sound.
Print Assumptions BranchAndBound.check_shape_sound.

Check @BranchAndBound.check_target_sound.
Print Assumptions BranchAndBound.check_target_sound.

Check @BranchAndBound.check_target_optimal.
Print Assumptions BranchAndBound.check_target_optimal.

Check @BranchAndBound.table_sound.
Print Assumptions BranchAndBound.table_sound.

Check @BranchAndBound.network_tables_sound.
Print Assumptions BranchAndBound.network_tables_sound.

(* T5 and T5b as the checker of certificates computes them *)

Check @Certificate.packed_knapsack.
Print Assumptions Certificate.packed_knapsack.

Check @Certificate.refused_unmet.
Print Assumptions Certificate.refused_unmet.

Check @Certificate.network_bound_sound.
Print Assumptions Certificate.network_bound_sound.

Check @Certificate.verdict_sound.
Print Assumptions Certificate.verdict_sound.

Check @Certificate.least_at_sound.
Print Assumptions Certificate.least_at_sound.

Check @Certificate.check_list_sound.
Print Assumptions Certificate.check_list_sound.

Check @Certificate.grid_check_sound.
Print Assumptions Certificate.grid_check_sound.

Check @Pieces.normed_weights.
Print Assumptions Pieces.normed_weights.

Check @Pieces.normed_curved.
Print Assumptions Pieces.normed_curved.

Check @Pieces.tangent_sound.
Print Assumptions Pieces.tangent_sound.

Check @Pieces.centred_sound.
Print Assumptions Pieces.centred_sound.

Check @Pieces.multiplicative_normed_sound.
Print Assumptions Pieces.multiplicative_normed_sound.
