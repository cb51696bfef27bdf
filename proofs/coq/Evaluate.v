(* The list programs of T8 and T9, run inside Coq on the matrices of proofs/matrices.json; the tests read the output
   and compare the TypeScript functions with it. Numbers are Coq's binary integers, an ordered domain like any other,
   so what runs here is what Programs.v and Knapsack.v prove.

   Matrices.v is made from the JSON file by the build: matrices, networks (lists of matrices) and tables (knapsacks).

   at_shapes             for every matrix and algorithm, at every allowed shape: the removed rows and columns
   at_targets            for every matrix and algorithm, for every target up to one more than there is: the removed rows
                         and columns, an empty list where no shape reaches it
   network_prices        for every network and algorithm, for every target: the least total price of a choice of shapes,
                         an empty list where none reaches it
   knapsacks             for every table: the units and prices of the options taken

   The algorithms are independent, rows first, columns first, the better of both, in this order. *)

From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp.zify Require Import ssrZ.
From Coq Require Import ZArith.
From RCPrune Require Import Problem Shapes Knapsack Programs Matrices.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Set Printing Depth 1000000.
Set Printing Width 200.

Definition integers := [realDomainType of Z].

Definition entries := seq (seq Z).

Definition layer_of (given : nat * nat * nat * entries) : layer integers :=
  let: (units, kept_rows, kept_columns, M) := given in
  Layer (size M) (size (head [::] M)) units kept_rows kept_columns (entry M).

Definition layers := [seq layer_of given | given <- matrices].

Definition nested (p : lines) : seq (seq nat) := [:: p.1; p.2].

Definition shape_programs :=
  [:: @independent_lines integers; @rows_first_lines _; @columns_first_lines _; @residual_lines _].

Definition target_programs :=
  [:: @independent_best integers; @rows_first_best _; @columns_first_best _; @residual_best _].

Definition all_units (y : layer integers) : nat := layer_units y * (layer_rows y * layer_columns y).

Definition at_shapes :=
  [seq [seq [seq nested (program (layer_rows y) (layer_columns y) (layer_entry y) s)
            | s <- shapes (layer_rows y) (layer_columns y) & layer_allows y s]
       | program <- shape_programs] | y <- layers].

Definition layer_reaches (y : layer integers) target :=
  reaches (layer_rows y) (layer_columns y) (layer_units y) target (layer_kept_rows y) (layer_kept_columns y).

Definition at_targets :=
  [seq [seq [seq oapp nested [::] (program (layer_rows y) (layer_columns y) (layer_entry y) (layer_reaches y target))
            | target <- iota 0 (all_units y).+2]
       | program <- target_programs] | y <- layers].

Definition price_programs :=
  [:: @independent_choice integers; @rows_first_choice _; @columns_first_choice _; @residual_choice _].

Definition network_prices :=
  [seq [seq let choose := program ys in
            [seq oapp (fun c => [:: foldr Z.add 0%Z [seq x.1.2 | x <- c]]) [::] (choose target)
            | target <- iota 0 (sumn [seq all_units y | y <- ys]).+2]
       | program <- price_programs]
  | ys <- [seq [seq nth (Layer 0 0 0 0 0 (fun _ _ => 0%Z)) layers k | k <- network] | network <- networks]].

Definition knapsacks : seq (seq (seq Z)) :=
  [seq oapp (map (fun x : nat * Z => [:: Z.of_nat x.1; x.2])) [::]
         (least_choice fst (snd : nat * Z -> integers) table.1 table.2)
  | table <- tables].

(* The theorems apply: no entry is negative, and the four programs for a target are within twice any pruning. *)
Lemma entry_ge0 (M : entries) : all (all (fun x => 0 <= x)) M -> forall i j, 0 <= entry M i j.
Proof.
move=> /allP M_ge0 i j; rewrite /entry; have [i_lt|i_ge] := ltnP i (size M); last first.
  by rewrite [nth [::] M i]nth_default // nth_nil.
have /allP row_ge0 := M_ge0 _ (mem_nth [::] i_lt); have [j_lt|j_ge] := ltnP j (size (nth [::] M i)); last first.
  by rewrite nth_default.
exact: row_ge0 (mem_nth 0 j_lt).
Qed.

Lemma matrices_ge0 : all (fun given => all (all (fun x : Z => 0 <= x)) given.2) matrices.
Proof. by vm_compute. Qed.

Lemma answers_two given P : given \in matrices ->
  let y := layer_of given in
  let within out := @lines_two _ (layer_rows y) (layer_columns y) (layer_entry y) P out in
  [/\ within (independent_best (layer_rows y) (layer_columns y) (layer_entry y) P),
      within (rows_first_best (layer_rows y) (layer_columns y) (layer_entry y) P),
      within (columns_first_best (layer_rows y) (layer_columns y) (layer_entry y) P)
    & within (residual_best (layer_rows y) (layer_columns y) (layer_entry y) P)].
Proof.
move=> given_in y within; have y_ge0 : forall i j, 0 <= layer_entry y i j.
  have := allP matrices_ge0 given given_in; rewrite /y; case: given {given_in y within} => [[[u r] c] M].
  exact: entry_ge0.
split; [exact: independent_best_two | exact: rows_first_best_two | exact: columns_first_best_two |].
exact: residual_best_two.
Qed.

Eval vm_compute in at_shapes.
Eval vm_compute in at_targets.
Eval vm_compute in network_prices.
Eval vm_compute in knapsacks.
