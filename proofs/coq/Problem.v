(* Row-and-column pruning of one layer: the definitions of theory section 1, and what every proof uses.

   R        an ordered domain with a total order (integers, rationals, reals)
   W        'M[R]_(m, n), the importances; [nonneg W]: all of them are at least 0
   (A, B)   a pruning: the set A of removed rows, the set B of removed columns

   weight W I J        sum of W over the block I x J
   row_sum W i         rho_i, the sum of row i;  column_sum W j: gamma_j
   removed A B         the entries in a removed row or a removed column
   cost W A B          sum of W over the removed entries
   kept W A B          sum of W over the other entries
   surrogate W A B     rho(A) + gamma(B), which counts A x B twice
   removed_count m n r c   entries removed by r rows and c columns: r n + c m - r c
   least f S           no set of the size of S has a smaller sum of f (ties broken in any way) *)

From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import zify.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Definitions.

Variable R : realDomainType.

Definition least (T : finType) (f : T -> R) (S : {set T}) : Prop :=
  forall S' : {set T}, #|S'| = #|S| -> \sum_(x in S) f x <= \sum_(x in S') f x.

Variables m n : nat.
Implicit Types (W : 'M[R]_(m, n)) (A : {set 'I_m}) (B : {set 'I_n}).

Definition nonneg W := forall i j, 0 <= W i j.

Definition weight W A B := \sum_(i in A) \sum_(j in B) W i j.

Definition row_sum W i := \sum_j W i j.

Definition column_sum W j := \sum_i W i j.

Definition removed A B : {set 'I_m * 'I_n} := [set e | (e.1 \in A) || (e.2 \in B)].

Definition cost W A B := \sum_(e in removed A B) W e.1 e.2.

Definition kept W A B := \sum_(e in ~: removed A B) W e.1 e.2.

Definition surrogate W A B := \sum_(i in A) row_sum W i + \sum_(j in B) column_sum W j.

End Definitions.

Definition removed_count (m n r c : nat) : nat := (r * n + c * m - r * c)%N.

Section Laws.

Variables (R : realDomainType) (m n : nat) (W : 'M[R]_(m, n)).
Implicit Types (A I : {set 'I_m}) (B J : {set 'I_n}).

(* A pruning of shape (r, c) removes r n + c m - r c entries. *)
Lemma card_removed A B : #|removed A B| = removed_count m n #|A| #|B|.
Proof.
have -> : removed A B = ~: setX (~: A) (~: B).
  by apply/setP=> e; rewrite !inE negb_and !negbK.
have := cardsC (setX (~: A) (~: B)); rewrite cardsX card_prod !card_ord.
have := cardsC A; have := cardsC B; rewrite !card_ord /removed_count; nia.
Qed.

Lemma cost_split A B : cost W A B = \sum_(i in A) row_sum W i + weight W (~: A) B.
Proof.
rewrite /cost (bigID (fun e : 'I_m * 'I_n => e.1 \in A)) /=; congr (_ + _).
  rewrite /row_sum pair_big_dep /=; apply: eq_bigl => e; rewrite inE.
  by case: (e.1 \in A); rewrite ?andbF.
rewrite /weight pair_big_dep /=; apply: eq_bigl => e; rewrite !inE.
by case: (e.1 \in A); rewrite ?andbT ?andbF.
Qed.

Lemma weight_swap I J : weight W I J = \sum_(j in J) \sum_(i in I) W i j.
Proof. exact: exchange_big. Qed.

(* Every entry is counted once by the cost and once more in the overlap by the surrogate. *)
Lemma surrogate_cost A B : surrogate W A B = cost W A B + weight W A B.
Proof.
rewrite cost_split /surrogate -addrA; congr (_ + _); rewrite !weight_swap -big_split /=.
apply: eq_bigr => j _; rewrite /column_sum (bigID (mem A)) /= addrC; congr (_ + _).
by apply: eq_bigl => i; rewrite inE.
Qed.

Lemma cost_kept A B : cost W A B + kept W A B = \sum_i \sum_j W i j.
Proof.
rewrite pair_big /= (bigID (mem (removed A B))) /=; congr (_ + _).
by apply: eq_bigl => e; rewrite inE.
Qed.

Lemma kept_weight A B : kept W A B = weight W (~: A) (~: B).
Proof.
by rewrite /kept /weight pair_big_dep /=; apply: eq_bigl => e; rewrite !inE negb_or.
Qed.

Lemma cost_tr A B : cost W^T B A = cost W A B.
Proof.
rewrite /cost (reindex (fun e : 'I_m * 'I_n => (e.2, e.1))) /=.
  by apply: eq_big => [e|e _]; rewrite ?mxE // !inE orbC.
by exists (fun e : 'I_n * 'I_m => (e.2, e.1)) => [[? ?]|[? ?]] _.
Qed.

Hypothesis W_ge0 : nonneg W.

Lemma weight_ge0 I J : 0 <= weight W I J.
Proof. by do 2!apply: sumr_ge0 => ? _; apply: W_ge0. Qed.

Lemma cost_ge0 A B : 0 <= cost W A B.
Proof. by apply: sumr_ge0 => ? _; apply: W_ge0. Qed.

End Laws.
