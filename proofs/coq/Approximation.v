(* Both approximations are within twice the optimum: theorems T1 and T2, for every way of breaking ties.

   residual_sum W A j   sum of column j over the rows that A leaves
   rows_first W A B     A is least by row sums, B least by residual column sums: what the algorithm rows first returns
   columns_first W A B  the same on the transpose *)

From mathcomp Require Import all_ssreflect all_algebra.
From RCPrune Require Import Problem.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Approximation.

Variables (R : realDomainType) (m n : nat) (W : 'M[R]_(m, n)).
Implicit Types (A : {set 'I_m}) (B : {set 'I_n}).

Definition residual_sum A j := \sum_(i in ~: A) W i j.

Definition independent A B := least (row_sum W) A /\ least (column_sum W) B.

Definition rows_first A B := least (row_sum W) A /\ least (residual_sum A) B.

(* Rows first, the cost is what the rows cost and what the columns still cost. *)
Lemma cost_rows_first A B :
  cost W A B = \sum_(i in A) row_sum W i + \sum_(j in B) residual_sum A j.
Proof. by rewrite cost_split weight_swap. Qed.

Hypothesis W_ge0 : nonneg W.

(* cost <= surrogate <= 2 cost *)
Lemma cost_surrogate A B : cost W A B <= surrogate W A B.
Proof. by rewrite surrogate_cost ler_addl weight_ge0. Qed.

Lemma overlap_rows A B : weight W A B <= \sum_(i in A) row_sum W i.
Proof.
apply: ler_sum => i _; rewrite /row_sum [leRHS](bigID (mem B)) /=.
by rewrite ler_addl; apply: sumr_ge0 => j _; apply: W_ge0.
Qed.

Lemma rows_cost A B : \sum_(i in A) row_sum W i <= cost W A B.
Proof. by rewrite cost_split ler_addl weight_ge0. Qed.

Lemma overlap_cost A B : weight W A B <= cost W A B.
Proof. exact: le_trans (overlap_rows A B) (rows_cost A B). Qed.

Lemma surrogate_two A B : surrogate W A B <= cost W A B *+ 2.
Proof. by rewrite surrogate_cost mulr2n ler_add2l overlap_cost. Qed.

Lemma surrogate_least A B A' B' :
  independent A B -> #|A'| = #|A| -> #|B'| = #|B| -> surrogate W A B <= surrogate W A' B'.
Proof. by move=> [leastA leastB] cardA cardB; rewrite /surrogate ler_add ?leastA ?leastB. Qed.

(* T1. Lines of least sum cost at most twice as much as any pruning of the same shape. *)
Theorem independent_two A B A' B' :
  independent A B -> #|A'| = #|A| -> #|B'| = #|B| -> cost W A B <= cost W A' B' *+ 2.
Proof.
move=> leastAB cardA cardB; apply: le_trans (cost_surrogate A B) _.
exact: le_trans (surrogate_least leastAB cardA cardB) (surrogate_two _ _).
Qed.

Lemma columns_split A B : \sum_(j in B) column_sum W j = weight W A B + weight W (~: A) B.
Proof.
rewrite !weight_swap -big_split /=; apply: eq_bigr => j _; rewrite /column_sum (bigID (mem A)) /=.
by congr (_ + _); apply: eq_bigl => i; rewrite inE.
Qed.

Lemma columns_cost A B : \sum_(j in B) column_sum W j <= cost W A B.
Proof. by rewrite (columns_split A) cost_split ler_add2r overlap_rows. Qed.

Lemma residual_column A j : residual_sum A j <= column_sum W j.
Proof.
rewrite /column_sum (bigID (mem A)) /= addrC ler_paddr ?sumr_ge0 //.
by rewrite /residual_sum le_eqVlt; apply/orP; left; apply/eqP; apply: eq_bigl => i; rewrite inE.
Qed.

(* T2, rows first. *)
Theorem rows_first_two A B A' B' :
  rows_first A B -> #|A'| = #|A| -> #|B'| = #|B| -> cost W A B <= cost W A' B' *+ 2.
Proof.
move=> [leastA leastB] cardA cardB; rewrite cost_rows_first mulr2n; apply: ler_add.
  exact: le_trans (leastA _ cardA) (rows_cost _ _).
apply: le_trans (leastB _ cardB) _; apply: le_trans (columns_cost A' B').
by apply: ler_sum => j _; apply: residual_column.
Qed.

End Approximation.

Definition columns_first (R : realDomainType) m n (W : 'M[R]_(m, n)) A B := rows_first W^T B A.

(* T2, columns first: the transpose. *)
Theorem columns_first_two (R : realDomainType) m n (W : 'M[R]_(m, n))
    (A A' : {set 'I_m}) (B B' : {set 'I_n}) :
  nonneg W -> columns_first W A B -> #|A'| = #|A| -> #|B'| = #|B| -> cost W A B <= cost W A' B' *+ 2.
Proof.
move=> W_ge0 least_BA cardA cardB; rewrite -2!(cost_tr W).
by apply: rows_first_two => // i j; rewrite mxE.
Qed.
