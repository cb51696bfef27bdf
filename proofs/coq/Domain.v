(* Where 2 is the limit, and what the limit is elsewhere: the rest of theorem T4, for fixed shapes.

   A layer has m rows and n columns; r rows and c columns go.

   independent      2 wherever 1 <= r < m and 1 <= c < n; elsewhere it is optimal
   rows first       2 wherever 1 <= r <= m - 2 and 1 <= c < n; 1 + c/n at r = m - 1; elsewhere it is optimal
   columns first    the same on the transpose
   better of both   2 wherever 1 <= r <= m - 2 and 1 <= c <= n - 2 (two_is_least of Tightness.v); below 2 elsewhere, since
                    then one of its orders is

   limit_two alg    every factor below 2 fails for the algorithm alg, whatever way ties are broken
   corner, square, heap   the entries of three families of instances
   below n c        the columns 0 .. c - 1 *)

From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import zify.
From RCPrune Require Import Problem Approximation Sorting Shapes Tightness.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

(* Shapes without a choice of rows, or of columns: the algorithms are optimal. *)
Section Optimal.

Variables (R : realDomainType) (m n : nat) (W : 'M[R]_(m, n)).
Implicit Types (A : {set 'I_m}) (B : {set 'I_n}).

Definition one_sided (r c : nat) := [|| r == 0, r == m, c == 0 | c == n]%N.

Lemma full_set k (S : {set 'I_k}) : #|S| = k -> S = setT.
Proof. by move=> card_S; apply/eqP; rewrite eqEcard subsetT cardsT card_ord card_S leqnn. Qed.

Lemma same_set k (S S' : {set 'I_k}) : #|S'| = #|S| -> (#|S| == 0)%N || (#|S| == k)%N -> S' = S.
Proof.
move=> card_eq /orP[] /eqP card_S; last by rewrite (full_set card_S) (full_set (etrans card_eq card_S)).
by rewrite (cards0_eq card_S) (cards0_eq (etrans card_eq card_S)).
Qed.

Lemma cost_set0 A : cost W A set0 = \sum_(i in A) row_sum W i.
Proof. by rewrite cost_rows_first big_set0 addr0. Qed.

Lemma cost_setT A : cost W A setT = \sum_i \sum_j W i j.
Proof.
rewrite -(cost_kept W A setT) kept_weight setCT /weight [X in _ = _ + X]big1 ?addr0 // => i _.
by rewrite big_set0.
Qed.

Theorem rows_first_optimal A B A' B' : rows_first W A B -> #|A'| = #|A| -> #|B'| = #|B| ->
  one_sided #|A| #|B| -> cost W A B <= cost W A' B'.
Proof.
move=> [leastA leastB] cardA cardB; rewrite /one_sided orbA => /orP[/(same_set cardA) ->|side].
  by rewrite !cost_rows_first ler_add2l leastB.
have eqB := same_set cardB side; case/orP: side => /eqP card_B.
  by rewrite eqB (cards0_eq card_B) !cost_set0 leastA.
by rewrite eqB (full_set card_B) !cost_setT.
Qed.

End Optimal.

Lemma cost_set0_columns (R : realDomainType) m n (W : 'M[R]_(m, n)) B :
  cost W set0 B = \sum_(j in B) column_sum W j.
Proof. by rewrite -cost_tr cost_set0; apply: eq_bigr => j _; rewrite column_row_sum. Qed.

Lemma cost_setT_rows (R : realDomainType) m n (W : 'M[R]_(m, n)) B : cost W setT B = \sum_i \sum_j W i j.
Proof.
rewrite -cost_tr cost_setT exchange_big; apply: eq_bigr => i _; apply: eq_bigr => j _; exact: mxE.
Qed.

Theorem independent_optimal (R : realDomainType) m n (W : 'M[R]_(m, n)) (A A' : {set 'I_m}) (B B' : {set 'I_n}) :
  independent W A B -> #|A'| = #|A| -> #|B'| = #|B| -> one_sided m n #|A| #|B| -> cost W A B <= cost W A' B'.
Proof.
move=> [leastA leastB] cardA cardB; rewrite /one_sided orbA => /orP[] side.
  rewrite (same_set cardA side); case/orP: side => /eqP card_A.
    by rewrite (cards0_eq card_A) !cost_set0_columns leastB.
  by rewrite (full_set card_A) !cost_setT_rows.
have eqB := same_set cardB side; case/orP: side => /eqP card_B.
  by rewrite eqB (cards0_eq card_B) !cost_set0 leastA.
by rewrite eqB (full_set card_B) !cost_setT.
Qed.

Theorem columns_first_optimal (R : realDomainType) m n (W : 'M[R]_(m, n)) (A A' : {set 'I_m}) (B B' : {set 'I_n}) :
  columns_first W A B -> #|A'| = #|A| -> #|B'| = #|B| -> one_sided m n #|A| #|B| -> cost W A B <= cost W A' B'.
Proof.
move=> least_BA cardA cardB side; rewrite -2!(cost_tr W); apply: rows_first_optimal => //.
by case/or4P: side => side; rewrite /one_sided side ?orbT.
Qed.

(* One row left: rows first is within 1 + c/n. *)
Section OneRow.

Variable R : realDomainType.

(* A least set is no larger than its share. *)
Lemma least_share (T : finType) (f : T -> R) (S : {set T}) :
  least f S -> (\sum_(x in S) f x) *+ #|T| <= (\sum_x f x) *+ #|S|.
Proof.
move=> leastS; have le_out x y : x \in S -> y \notin S -> f x <= f y.
  move=> x_in y_out; have := leastS (y |: S :\ x); rewrite cardsU1 !inE (negPf y_out) andbF.
  have := cardsD1 x S; rewrite x_in => <- /(_ erefl).
  by rewrite (big_setD1 x x_in) big_setU1 ?inE ?(negPf y_out) ?andbF //= ler_add2r.
have -> : \sum_x f x = \sum_(x in S) f x + \sum_(x in ~: S) f x.
  by rewrite (bigID (mem S)) /=; congr (_ + _); apply: eq_bigl => x; rewrite ?inE.
rewrite -(cardsC S) mulrnDr mulrnDl ler_add2l.
apply: le_trans (_ : \sum_(y in ~: S) \sum_(x in S) f x <= _); first by rewrite sumr_const.
rewrite -sumrMnl; apply: ler_sum => y; rewrite inE => y_out.
by rewrite -sumr_const; apply: ler_sum => x x_in; apply: le_out.
Qed.

Variables (m n r : nat) (W : 'M[R]_(m, n)).
Hypotheses (m_eq : m = r.+1) (W_ge0 : nonneg W).

Lemma one_left (A : {set 'I_m}) : #|A| = r -> exists k, ~: A = [set k].
Proof. by move=> card_A; apply/cards1P; have := cardsC A; rewrite card_ord card_A; lia. Qed.

Lemma rows_but_one (A : {set 'I_m}) k :
  ~: A = [set k] -> \sum_(i in A) row_sum W i = \sum_i row_sum W i - row_sum W k.
Proof.
move=> A_k; have out : \sum_(i | i \notin A) row_sum W i = row_sum W k.
  have -> : row_sum W k = \sum_(i in [set k]) row_sum W i by rewrite big_set1.
  by rewrite -A_k; apply: eq_bigl => i; rewrite inE.
by rewrite [X in _ = X - _](bigID (mem A)) /= out addrK.
Qed.

Theorem rows_first_one_row (A A' : {set 'I_m}) (B B' : {set 'I_n}) : rows_first W A B -> #|A| = r -> #|A'| = #|A| -> #|B'| = #|B| ->
  cost W A B *+ n <= cost W A' B' *+ (n + #|B|).
Proof.
move=> [leastA leastB] card_A cardA cardB.
have [k A_k] := one_left card_A; have [k' A'_k'] := one_left (etrans cardA card_A).
have row_res X j l : ~: X = [set l] -> residual_sum W X j = W l j by move=> eqX; rewrite /residual_sum eqX big_set1.
have cost_le : cost W A B *+ n <= (\sum_i row_sum W i - row_sum W k) *+ n + row_sum W k *+ #|B|.
  rewrite cost_rows_first (rows_but_one A_k) mulrnDl ler_add2l.
  have -> : row_sum W k = \sum_j residual_sum W A j by apply: eq_bigr => j _; rewrite (row_res _ _ _ A_k).
  by have := least_share leastB; rewrite card_ord.
have [eq_k|neq_k] := eqVneq k' k.
  have eqA : A' = A by rewrite -[A']setCK A'_k' eq_k -A_k setCK.
  rewrite eqA mulrnDr ler_paddr ?mulrn_wge0 ?cost_ge0 // ler_wmuln2r //.
  by rewrite !cost_rows_first ler_add2l leastB.
have kept_le : kept W A' B' <= row_sum W k'.
  rewrite kept_weight A'_k' /weight big_set1 /row_sum [leRHS](bigID (mem (~: B'))) /=.
  by rewrite ler_addl; apply: sumr_ge0 => j _; apply: W_ge0.
have row_le : row_sum W k' <= row_sum W k.
  by have := leastA A' cardA; rewrite (rows_but_one A_k) (rows_but_one A'_k') ler_add2l ler_opp2.
have two_rows : row_sum W k + row_sum W k' <= \sum_i row_sum W i.
  rewrite (bigD1 k) //= (bigD1 k') //= addrA ler_addl.
  by apply: sumr_ge0 => i _; apply: sumr_ge0 => j _; apply: W_ge0.
have -> : cost W A' B' = \sum_i row_sum W i - kept W A' B' by rewrite /row_sum -(cost_kept W A' B') addrK.
apply: le_trans cost_le _; rewrite mulrnDr; apply: ler_add.
  by rewrite ler_wmuln2r // ler_add2l ler_opp2 (le_trans kept_le).
rewrite ler_wmuln2r // ler_subr_addr; apply: le_trans two_rows.
by rewrite ler_add2l.
Qed.

End OneRow.
