(* Where 2 is the limit, and what the limit is elsewhere: the rest of theorem T4, for fixed shapes.

   A layer has m rows and n columns; r rows and c columns go.

   independent      2 wherever 1 <= r < m and 1 <= c < n; elsewhere it is optimal
   rows first       2 wherever 1 <= r <= m - 2 and 1 <= c < n; 1 + c/n at r = m - 1; elsewhere it is optimal
   columns first    the same on the transpose
   better of both   2 wherever 1 <= r <= m - 2 and 1 <= c <= n - 2 (two_is_least of Tightness.v); below 2 elsewhere,
                    since one of its orders is

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

Theorem rows_first_one_row (A A' : {set 'I_m}) (B B' : {set 'I_n}) :
  rows_first W A B -> #|A| = r -> #|A'| = #|A| -> #|B'| = #|B| ->
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

Definition limit_two (R : realFieldType) m n r c (alg : 'M[R]_(m, n) -> {set 'I_m} -> {set 'I_n} -> Prop) :=
  forall a, a < 2%:R -> exists (W : 'M[R]_(m, n)) (p : pruning m n), [/\ nonneg W, shape_of p = (r, c) &
    forall q, alg W q.1 q.2 -> shape_of q = (r, c) -> a * cost_of W p < cost_of W q].

Definition below n c : {set 'I_n} := [set j : 'I_n | j < c]%N.

Section Corner.

Variables (R : realFieldType) (m n r c : nat) (e : R).
Hypotheses (r_gt0 : (0 < r)%N) (r_lt : (r.+1 < m)%N) (c_gt0 : (0 < c)%N) (c_lt : (c < n)%N).
Hypotheses (e_gt0 : 0 < e) (e_le1 : e <= 1).

(* Column 0 is what everybody takes; row 1 is lighter than row 0 by e, but row 0 falls into column 0. *)
Definition corner_entry (i j : nat) : R :=
  if (i == 0)%N && (j == 0)%N then 1 + e
  else if (i == 1)%N && (j == c) then 1
  else if (r < i)%N && (c <= j)%N then 3%:R else 0.

Definition corner : 'M[R]_(m, n) := \matrix_(i, j) corner_entry i j.

Lemma corner_ge0 : nonneg corner.
Proof.
have e1_ge0 : 0 <= 1 + e by rewrite addr_ge0 ?ler01 ?ltW.
move=> i j; rewrite mxE /corner_entry; case: ifP => _ //; case: ifP => _; first exact: ler01.
by case: ifP => _; rewrite ?ler0n.
Qed.

Let lt3 : 1 + e < 3%:R.
Proof. by apply: (@le_lt_trans _ _ 2%:R); rewrite ?ltr_nat // -[2%N]/(1 + 1)%N natrD ler_add2l. Qed.

Lemma corner_row0 (i : 'I_m) : i = 0%N :> nat -> row_sum corner i = 1 + e.
Proof.
move=> i0; have n_gt0 : (0 < n)%N by apply: leq_ltn_trans c_lt.
rewrite /row_sum (bigD1 (Ordinal n_gt0)) //= big1 ?addr0 => [|j].
  by rewrite mxE /corner_entry i0.
by rewrite -val_eqE /= => /negPf j0; rewrite mxE /corner_entry i0 j0.
Qed.

Lemma corner_row1 (i : 'I_m) : i = 1%N :> nat -> row_sum corner i = 1.
Proof.
move=> i1; rewrite /row_sum (bigD1 (Ordinal c_lt)) //= big1 ?addr0 => [|j].
  by rewrite mxE /corner_entry i1 /= eqxx.
by rewrite -val_eqE /= => /negPf jc; rewrite mxE /corner_entry i1 jc /= ltnNge r_gt0.
Qed.

Lemma corner_row_zero (i : 'I_m) : (1 < i <= r)%N -> row_sum corner i = 0.
Proof.
move=> /andP[i_gt i_le]; rewrite /row_sum big1 // => j _; rewrite mxE /corner_entry.
by rewrite (gtn_eqF (ltnW i_gt)) (gtn_eqF i_gt) ltnNge i_le.
Qed.

Lemma corner_row_heavy (i : 'I_m) : (r < i)%N -> 3%:R <= row_sum corner i.
Proof.
move=> i_gt; rewrite /row_sum (bigD1 (Ordinal c_lt)) //= ler_paddr ?sumr_ge0 // => [j _|]; first exact: corner_ge0.
rewrite mxE /corner_entry /= i_gt leqnn (gtn_eqF (leq_ltn_trans (leq0n _) i_gt)).
by rewrite (gtn_eqF (leq_ltn_trans r_gt0 i_gt)).
Qed.

Lemma corner_rows A : least (row_sum corner) A -> #|A| = r -> A = taken m r.
Proof.
move=> leastA card_A; apply: least_unique leastA _; last by rewrite card_A card_taken.
move=> x y; rewrite !inE => /andP[x_gt x_le] y_out; apply: (@le_lt_trans _ _ 1).
  have [x1|x_gt1] := leqP x 1; first by rewrite corner_row1 //; apply/eqP; rewrite eqn_leq x1.
  by rewrite corner_row_zero ?x_gt1 ?ler01.
have [y0|y_gt] := posnP y; first by rewrite corner_row0 // ltr_addl.
apply: lt_le_trans (corner_row_heavy _); first by rewrite ltr1n.
by move: y_out; rewrite y_gt -ltnNge.
Qed.

(* Sums of columns over rows that leave out at most row 1 and zero rows. *)
Section Columns.

Variable S : {set 'I_m}.
Hypothesis S_in : forall i : 'I_m, (i == 0 :> nat)%N || (r < i)%N -> i \in S.

Let line (j : 'I_n) := \sum_(i in S) corner i j.

Lemma corner_column0 (j : 'I_n) : j = 0%N :> nat -> line j = 1 + e.
Proof.
move=> j0; have m_gt0 : (0 < m)%N by apply: leq_ltn_trans r_lt.
have S_0 := S_in (isT : (Ordinal m_gt0 == 0 :> nat)%N || _).
rewrite /line (big_setD1 _ S_0) /= big1 ?addr0 => [|i]; first by rewrite mxE /corner_entry j0.
rewrite !inE -val_eqE /= => /andP[/negPf i0 _].
by rewrite mxE /corner_entry j0 i0 (ltn_eqF c_gt0) andbF [(c <= 0)%N]leqNgt c_gt0 andbF.
Qed.

Lemma corner_column_zero (j : 'I_n) : (0 < j < c)%N -> line j = 0.
Proof.
move=> /andP[j_gt j_lt]; rewrite /line big1 // => i _; rewrite mxE /corner_entry.
by rewrite (gtn_eqF j_gt) (ltn_eqF j_lt) [(c <= j)%N]leqNgt j_lt !andbF.
Qed.

Lemma corner_column_heavy (j : 'I_n) : (c <= j)%N -> 3%:R <= line j.
Proof.
move=> j_ge; have S_r : Ordinal r_lt \in S by apply: S_in; rewrite /= ltnSn.
rewrite /line (big_setD1 _ S_r) /= ler_paddr ?sumr_ge0 // => [i _|]; first exact: corner_ge0.
by rewrite mxE /corner_entry /= ltnSn j_ge eqSS (gtn_eqF r_gt0).
Qed.

Lemma corner_columns B : least line B -> #|B| = c -> B = below n c.
Proof.
move=> leastB card_B; apply: least_unique leastB _; last by rewrite card_B card_below // ltnW.
move=> x y; rewrite !inE -leqNgt => x_lt y_ge; apply: le_lt_trans (_ : _ <= 1 + e) _; last first.
  exact: lt_le_trans lt3 (corner_column_heavy y_ge).
have [x0|x_gt] := posnP x; first by rewrite corner_column0.
by rewrite corner_column_zero ?x_gt // addr_ge0 ?ler01 ?ltW.
Qed.

Lemma corner_columns_sum : \sum_(j in below n c) line j = 1 + e.
Proof.
have n_gt0 : (0 < n)%N by apply: leq_ltn_trans c_lt.
have in0 : Ordinal n_gt0 \in below n c by rewrite inE.
rewrite (big_setD1 _ in0) /= corner_column0 // big1 ?addr0 // => j.
by rewrite !inE -val_eqE /= -lt0n => j_in; rewrite corner_column_zero.
Qed.

End Columns.

Let answer : pruning m n := (taken m r, below n c).

Let left_in (i : 'I_m) : (i == 0 :> nat)%N || (r < i)%N -> i \in ~: taken m r.
Proof. by rewrite !inE negb_and -leqNgt leqn0 -ltnNge. Qed.

Lemma corner_rows_first q : rows_first corner q.1 q.2 -> shape_of q = (r, c) -> q = answer.
Proof.
case: q => A B [/= leastA leastB] [card_A card_B]; have eqA := corner_rows leastA card_A.
by rewrite eqA in leastB *; rewrite (corner_columns left_in leastB card_B).
Qed.

Lemma corner_independent q : independent corner q.1 q.2 -> shape_of q = (r, c) -> q = answer.
Proof.
case: q => A B [/= leastA leastB] [card_A card_B]; rewrite (corner_rows leastA card_A).
have eq_line : column_sum corner =1 fun j => \sum_(i in [set: 'I_m]) corner i j.
  by move=> j; apply: eq_bigl => i; rewrite inE.
have all_in (i : 'I_m) : (i == 0 :> nat)%N || (r < i)%N -> i \in [set: 'I_m] by rewrite inE.
by rewrite (corner_columns all_in (eq_least eq_line leastB) card_B).
Qed.

Lemma corner_cost : cost_of corner answer = 1 + (1 + e).
Proof.
rewrite /cost_of cost_rows_first corner_columns_sum //; congr (_ + _).
have m_gt1 : (1 < m)%N by apply: leq_ltn_trans r_lt.
have in1 : Ordinal m_gt1 \in taken m r by rewrite inE /= r_gt0.
rewrite (big_setD1 _ in1) /= corner_row1 // big1 ?addr0 // => i.
rewrite !inE -val_eqE /= => /and3P[i1 i_gt i_le]; apply: corner_row_zero.
by rewrite i_le andbT ltn_neqAle eq_sym i1.
Qed.

Lemma corner_spared_cost : cost corner (spared m r) (below n c) = 1 + e.
Proof.
have m_gt0 : (0 < m)%N by apply: leq_ltn_trans r_lt.
have in0 : Ordinal m_gt0 \in spared m r by rewrite inE.
rewrite cost_rows_first (big_setD1 _ in0) /= corner_row0 // !big1 ?addr0 // => [j|i].
  rewrite inE => j_lt; rewrite /residual_sum big1 // => i; rewrite !inE negb_and negbK => i_out.
  rewrite mxE /corner_entry (ltn_eqF j_lt) [(c <= j)%N]leqNgt j_lt !andbF.
  by have [i0|//] := eqVneq (nat_of_ord i) 0%N; rewrite i0 in i_out.
rewrite !inE -val_eqE /= => /and3P[i0 i_le i1]; apply: corner_row_zero.
by rewrite i_le andbT ltn_neqAle eq_sym i1 lt0n.
Qed.

End Corner.

Lemma factor_lt (R : realFieldType) (a e : R) : 0 < e -> a < (1 - e) *+ 2 -> a * (1 + e) < 2%:R.
Proof.
move=> e_gt0 a_lt; have e1_gt0 : 0 < 1 + e by rewrite addr_gt0 ?ltr01.
apply: lt_le_trans (_ : (1 - e) *+ 2 * (1 + e) <= _); first by rewrite ltr_pmul2r.
by rewrite mulrnAl -subr_sqr expr1n ler_muln2r /= ler_subl_addr ler_addl sqr_ge0.
Qed.

Lemma corner_limit (R : realFieldType) m n r c (alg : 'M[R]_(m, n) -> {set 'I_m} -> {set 'I_n} -> Prop) :
  (0 < r)%N -> (r.+1 < m)%N -> (0 < c)%N -> (c < n)%N ->
  (forall W q, alg W q.1 q.2 -> independent W q.1 q.2 \/ rows_first W q.1 q.2) -> limit_two r c alg.
Proof.
move=> r_gt0 r_lt c_gt0 c_lt algP a /tight_epsilon[e [e_gt0 e_le1 a_lt]].
exists (corner m n r c e), (spared m r, below n c); split=> [||q /algP out_q shape_q]; first exact: corner_ge0.
  by rewrite /shape_of card_spared // card_below // ltnW.
have -> : q = (taken m r, below n c).
  by case: out_q => out_q; [apply: corner_independent out_q _ | apply: corner_rows_first out_q _].
rewrite corner_cost // {1}/cost_of corner_spared_cost //; apply: lt_trans (factor_lt e_gt0 a_lt) _.
by rewrite addrA -mulr2n ltr_addl.
Qed.

(* T4, rows first: 2 is the limit as soon as two rows are left. *)
Theorem rows_first_limit (R : realFieldType) m n r c : (0 < r)%N -> (r.+1 < m)%N -> (0 < c)%N -> (c < n)%N ->
  limit_two r c (@rows_first R m n).
Proof. by move=> *; apply: corner_limit => // W q; right. Qed.

Lemma limit_two_tr (R : realFieldType) m n r c (alg : 'M[R]_(m, n) -> {set 'I_m} -> {set 'I_n} -> Prop)
    (alg' : 'M[R]_(n, m) -> {set 'I_n} -> {set 'I_m} -> Prop) :
  (forall W B A, alg' W^T B A -> alg W A B) -> limit_two r c alg -> limit_two c r alg'.
Proof.
move=> algP limit a /limit[W [p [W_ge0 [card_A card_B] lt_p]]].
exists W^T, (p.2, p.1); split=> [j i||q out_q [cardB cardA]].
- by rewrite mxE.
- by rewrite /shape_of card_A card_B.
have := lt_p (q.2, q.1) (algP _ _ _ out_q); rewrite /shape_of /= cardA cardB => /(_ erefl).
by rewrite /cost_of /= !cost_tr.
Qed.

(* T4, columns first: the transpose. *)
Theorem columns_first_limit (R : realFieldType) m n r c : (0 < r)%N -> (r < m)%N -> (0 < c)%N -> (c.+1 < n)%N ->
  limit_two r c (@columns_first R m n).
Proof.
move=> r_gt0 r_lt c_gt0 c_lt; apply: (@limit_two_tr _ _ _ _ _ (@rows_first R n m)).
  by move=> W B A; rewrite /columns_first trmxK.
exact: rows_first_limit.
Qed.

Lemma independent_tr (R : realDomainType) m n (W : 'M[R]_(m, n)) A B : independent W^T B A -> independent W A B.
Proof.
case=> leastB leastA; split; last by apply: eq_least leastB => j; rewrite column_row_sum.
by apply: eq_least leastA => i; rewrite column_row_sum trmxK.
Qed.

(* One row and one column left: diag(1, 1), with e to break the tie. *)
Section Square.

Variables (R : realFieldType) (r c : nat) (e : R).
Hypotheses (r_gt0 : (0 < r)%N) (c_gt0 : (0 < c)%N) (e_gt0 : 0 < e).

Definition square_entry (i j : nat) : R :=
  if (i == 0)%N && (j == c) then e
  else if ((i == 0) && (j == 0))%N || ((i == 1)%N && (j == c)) then 1 else 0.

Definition square : 'M[R]_(r.+1, c.+1) := \matrix_(i, j) square_entry i j.

Lemma square_ge0 : nonneg square.
Proof.
by move=> i j; rewrite mxE /square_entry; case: ifP => _; [exact: ltW | case: ifP => _; rewrite ?ler01].
Qed.

Let r_lt : (1 < r.+1)%N. Proof. by rewrite ltnS. Qed.

Let one := Ordinal r_lt.

Let neq_max : ord_max != ord0 :> 'I_c.+1. Proof. by rewrite -val_eqE /= -lt0n. Qed.

Lemma square_row0 : row_sum square ord0 = 1 + e.
Proof.
rewrite /row_sum (bigD1 ord0) //= (bigD1 ord_max) //= big1 ?addr0 => [|j].
  by rewrite !mxE /square_entry /= eqxx (ltn_eqF c_gt0).
by rewrite -!val_eqE /= => /andP[/negPf j0 /negPf jc]; rewrite mxE /square_entry j0 jc.
Qed.

Lemma square_row1 : row_sum square one = 1.
Proof.
rewrite /row_sum (bigD1 ord_max) //= big1 ?addr0 => [|j]; first by rewrite mxE /square_entry /= eqxx.
by rewrite -val_eqE /= => /negPf jc; rewrite mxE /square_entry /= jc.
Qed.

Lemma square_row_zero (i : 'I_r.+1) : (1 < i)%N -> row_sum square i = 0.
Proof.
by move=> i_gt; rewrite /row_sum big1 // => j _; rewrite mxE /square_entry (gtn_eqF i_gt) (gtn_eqF (ltnW i_gt)).
Qed.

Lemma square_column0 : column_sum square ord0 = 1.
Proof.
rewrite /column_sum (bigD1 ord0) //= big1 ?addr0 => [|i]; first by rewrite mxE /square_entry /= (ltn_eqF c_gt0).
by rewrite -val_eqE /= => /negPf i0; rewrite mxE /square_entry /= i0 (ltn_eqF c_gt0) !andbF.
Qed.

Lemma square_column_max : column_sum square ord_max = 1 + e.
Proof.
rewrite /column_sum (bigD1 ord0) //= (bigD1 one) //= big1 ?addr0 => [|i].
  by rewrite !mxE /square_entry /= eqxx addrC.
rewrite -!val_eqE /= => /andP[/negPf i0 /negPf i1]; by rewrite mxE /square_entry /= i0 i1.
Qed.

Lemma square_column_zero (j : 'I_c.+1) : (0 < j < c)%N -> column_sum square j = 0.
Proof.
move=> /andP[j_gt j_lt]; rewrite /column_sum big1 // => i _.
by rewrite mxE /square_entry (ltn_eqF j_lt) (gtn_eqF j_gt) !andbF.
Qed.

Lemma card_taken_all k : #|taken k.+1 k| = k.
Proof.
suff -> : taken k.+1 k = [set~ ord0] by rewrite cardsC1 card_ord.
by apply/setP => i; rewrite !inE -val_eqE /= leq_ord andbT lt0n.
Qed.

Lemma square_independent q : independent square q.1 q.2 -> shape_of q = (r, c) -> q = (taken r.+1 r, below c.+1 c).
Proof.
case: q => A B [/= leastA leastB] [card_A card_B]; congr (_, _).
  apply: least_unique leastA _; last by rewrite card_A card_taken_all.
  move=> x y; rewrite !inE => /andP[x_gt x_le]; rewrite leq_ord andbT -eqn0Ngt => /eqP y0.
  have -> : y = ord0 by apply: val_inj.
  rewrite square_row0; have [x1|x_gt1] := leqP x 1; last by rewrite square_row_zero // addr_gt0 ?ltr01.
  have -> : x = one by apply: val_inj; apply/eqP; rewrite eqn_leq x1.
  by rewrite square_row1 ltr_addl.
apply: least_unique leastB _; last by rewrite card_B card_below.
move=> x y; rewrite !inE => x_lt; rewrite -leqNgt => y_ge.
have -> : y = ord_max by apply: val_inj; apply/eqP; rewrite eqn_leq leq_ord y_ge.
rewrite square_column_max; have [x0|x_gt] := posnP x; last by rewrite square_column_zero ?x_gt // addr_gt0 ?ltr01.
have -> : x = ord0 by apply: val_inj.
by rewrite square_column0 ltr_addl.
Qed.

Lemma square_rows : \sum_(i in taken r.+1 r) row_sum square i = 1.
Proof.
have in1 : one \in taken r.+1 r by rewrite inE.
rewrite (big_setD1 _ in1) /= square_row1 big1 ?addr0 // => i; rewrite !inE -val_eqE /= => /and3P[i1 i_gt _].
by rewrite square_row_zero // ltn_neqAle eq_sym i1.
Qed.

Lemma square_residual : residual_sum square (taken r.+1 r) =1 square ord0.
Proof.
have eq0 : ~: taken r.+1 r = [set ord0].
  by apply/setP => i; rewrite !inE -val_eqE /= leq_ord andbT -eqn0Ngt.
by move=> j; rewrite /residual_sum eq0 big_set1.
Qed.

Lemma square_cost : cost square (taken r.+1 r) (below c.+1 c) = 2%:R.
Proof.
have in0 : (ord0 : 'I_c.+1) \in below c.+1 c by rewrite inE.
rewrite cost_rows_first square_rows (eq_bigr _ (fun j _ => square_residual j)) (big_setD1 _ in0) /= big1 ?addr0.
  by rewrite mxE /square_entry (ltn_eqF c_gt0) /= -mulr2n.
move=> j; rewrite !inE -val_eqE /= => /andP[/negPf j0 j_lt].
by rewrite mxE /square_entry j0 (ltn_eqF j_lt).
Qed.

Lemma square_spared_cost : cost square (taken r.+1 r) (taken c.+1 c) = 1 + e.
Proof.
have in_max : (ord_max : 'I_c.+1) \in taken c.+1 c by rewrite inE /= c_gt0 leqnn.
rewrite cost_rows_first square_rows (eq_bigr _ (fun j _ => square_residual j)) (big_setD1 _ in_max) /= big1 ?addr0.
  by rewrite mxE /square_entry /= eqxx.
move=> j; rewrite !inE -val_eqE /= => /and3P[/negPf jc /gtn_eqF j0 _].
by rewrite mxE /square_entry jc j0.
Qed.

End Square.

(* T4, independent sums: 2 is the limit unless a kind of lines goes not at all or completely. *)
Theorem independent_limit (R : realFieldType) m n r c : (0 < r)%N -> (r < m)%N -> (0 < c)%N -> (c < n)%N ->
  limit_two r c (@independent R m n).
Proof.
move=> r_gt0 r_lt c_gt0 c_lt; have [r_lt1|m_le] := ltnP r.+1 m.
  by apply: corner_limit => // W q; left.
have [c_lt1|n_le] := ltnP c.+1 n.
  apply: (@limit_two_tr _ _ _ _ _ (@independent R n m)) => [W B A|]; first exact: independent_tr.
  by apply: corner_limit => // W q; left.
have -> : m = r.+1 by apply/eqP; rewrite eqn_leq m_le.
have -> : n = c.+1 by apply/eqP; rewrite eqn_leq n_le.
move=> a /tight_epsilon[e [e_gt0 e_le1 a_lt]].
exists (square r c e), (taken r.+1 r, taken c.+1 c); split=> [||q out_q shape_q]; first exact: square_ge0.
  by rewrite /shape_of !card_taken_all.
have -> := square_independent r_gt0 c_gt0 e_gt0 out_q shape_q.
by rewrite /cost_of /= square_cost // square_spared_cost // factor_lt.
Qed.

(* One row left, from below: one row holds a little more than the other, but evenly spread. *)
Section Heap.

Variables (R : realFieldType) (r n c : nat) (e : R).
Hypotheses (r_gt0 : (0 < r)%N) (c_lt : (c < n)%N) (e_gt0 : 0 < e).

Definition heap_entry (i j : nat) : R := if (i == 0)%N then 1 + e else if (i == 1)%N && (j == 0)%N then n%:R else 0.

Definition heap : 'M[R]_(r.+1, n) := \matrix_(i, j) heap_entry i j.

Let e1_ge0 : 0 <= 1 + e. Proof. by rewrite addr_ge0 ?ler01 ?ltW. Qed.

Lemma heap_ge0 : nonneg heap.
Proof. by move=> i j; rewrite mxE /heap_entry; case: ifP => // _; case: ifP => _; rewrite ?ler0n. Qed.

Let r_lt : (1 < r.+1)%N. Proof. by rewrite ltnS. Qed.

Let n_gt0 : (0 < n)%N. Proof. exact: leq_ltn_trans (leq0n _) c_lt. Qed.

Let one := Ordinal r_lt.

Lemma heap_row0 : row_sum heap ord0 = (1 + e) *+ n.
Proof. by rewrite /row_sum (eq_bigr (fun=> 1 + e)) => [|j _]; rewrite ?mxE // sumr_const card_ord. Qed.

Lemma heap_row1 : row_sum heap one = n%:R.
Proof.
rewrite /row_sum (bigD1 (Ordinal n_gt0)) //= big1 ?addr0 => [|j]; first by rewrite mxE.
by rewrite -val_eqE /= => /negPf j0; rewrite mxE /heap_entry /= j0.
Qed.

Lemma heap_row_zero (i : 'I_r.+1) : (1 < i)%N -> row_sum heap i = 0.
Proof.
by move=> i_gt; rewrite /row_sum big1 // => j _; rewrite mxE /heap_entry (gtn_eqF (ltnW i_gt)) (gtn_eqF i_gt).
Qed.

Lemma heap_order x y : x \in taken r.+1 r -> y \notin taken r.+1 r -> row_sum heap x < row_sum heap y.
Proof.
rewrite !inE => /andP[x_gt _]; rewrite leq_ord andbT -eqn0Ngt => /eqP y0.
have -> : y = ord0 by apply: val_inj.
rewrite heap_row0; have [x1|x_gt1] := leqP x 1; last first.
  by rewrite heap_row_zero // pmulrn_lgt0 // addr_gt0 ?ltr01.
have -> : x = one by apply: val_inj; apply/eqP; rewrite eqn_leq x1.
by rewrite heap_row1 mulrnDl ltr_addl pmulrn_lgt0.
Qed.

Lemma heap_rows_first q : rows_first heap q.1 q.2 -> shape_of q = (r, c) ->
  cost_of heap q = n%:R + (1 + e) *+ c.
Proof.
case: q => A B [/= leastA leastB] [card_A card_B].
have eqA : A = taken r.+1 r by apply: least_unique heap_order leastA _; rewrite card_A card_taken_all.
have eq0 : ~: taken r.+1 r = [set ord0].
  by apply/setP => i; rewrite !inE -val_eqE /= leq_ord andbT -eqn0Ngt.
rewrite /cost_of /= cost_rows_first eqA; congr (_ + _).
  have in1 : one \in taken r.+1 r by rewrite inE.
  rewrite (big_setD1 _ in1) /= heap_row1 big1 ?addr0 // => i; rewrite !inE -val_eqE /= => /and3P[i1 i_gt _].
  by rewrite heap_row_zero // ltn_neqAle eq_sym i1.
rewrite -card_B -sumr_const; apply: eq_bigr => j _.
by rewrite /residual_sum eq0 big_set1 mxE.
Qed.

Lemma heap_spared : exists2 p : pruning r.+1 n, shape_of p = (r, c) & cost_of heap p = (1 + e) *+ n.
Proof.
exists ([set~ one], ~: below n (n - c)).
  rewrite /shape_of /= cardsC1 card_ord; congr (_, _); have := cardsC (below n (n - c)).
  by rewrite card_below ?leq_subr // card_ord; move: (#|_|) => x; move: c_lt; clear; lia.
have in0 : ord0 \in [set~ one] by rewrite !inE -val_eqE.
rewrite /cost_of /= cost_rows_first (big_setD1 _ in0) /= heap_row0 !big1 ?addr0 // => [j|i].
  rewrite !inE -leqNgt => j_ge; rewrite /residual_sum setCK big_set1 mxE /heap_entry /=.
  by rewrite (gtn_eqF (leq_trans _ j_ge)) // subn_gt0.
rewrite !inE -!val_eqE /= -lt0n => /andP[i_gt i1]; apply: heap_row_zero.
by rewrite ltn_neqAle eq_sym i1.
Qed.

End Heap.

(* So 1 + c/n is the limit of rows first where one row is left: rows_first_one_row, and no smaller factor. *)
Theorem rows_first_one_row_limit (R : realFieldType) r n c (a : R) : (0 < r)%N -> (c < n)%N -> a < 1 + c%:R / n%:R ->
  exists (W : 'M[R]_(r.+1, n)) (p : pruning r.+1 n), [/\ nonneg W, shape_of p = (r, c) &
    forall q, rows_first W q.1 q.2 -> shape_of q = (r, c) -> a * cost_of W p < cost_of W q].
Proof.
move=> r_gt0 c_lt a_lt; have n_gt0 : 0 < n%:R :> R by rewrite ltr0n (leq_ltn_trans (leq0n _) c_lt).
pose share : R := c%:R / n%:R; pose gap := 1 + share - a; have gap_gt0 : 0 < gap by rewrite subr_gt0.
pose e := gap / 2%:R; have e_gt0 : 0 < e by rewrite divr_gt0 ?ltr0n.
have e_lt : e < gap by rewrite ltr_pdivr_mulr ?ltr0n // mulr_natr mulr2n ltr_addl.
have [p shape_p cost_p] := heap_spared e r_gt0 c_lt.
exists (heap r n e), p; split=> [||q out_q shape_q] //; first exact: heap_ge0.
rewrite cost_p (heap_rows_first r_gt0 c_lt e_gt0 out_q shape_q) -[(1 + e) *+ n]mulr_natl.
have -> : n%:R + (1 + e) *+ c = n%:R * (1 + (1 + e) * share).
  by rewrite mulrDr mulr1 mulrCA [n%:R * _]mulrC divfK ?gt_eqF // mulr_natr.
rewrite mulrCA ltr_pmul2l // -ltr_subl_addr [(1 + e) * _]mulrC -mulrBl.
have -> : a - share = 1 - gap by rewrite /gap opprB addrCA opprD addNKr.
rewrite mulrBl mul1r ltr_subl_addr ltr_add2l; apply: lt_le_trans e_lt _.
by rewrite mulrDr mulr1 ler_addl mulr_ge0 // ltW.
Qed.

Theorem columns_first_one_column (R : realDomainType) m n c (W : 'M[R]_(m, n)) (A A' : {set 'I_m}) (B B' : {set 'I_n}) :
  n = c.+1 -> nonneg W -> columns_first W A B -> #|B| = c -> #|A'| = #|A| -> #|B'| = #|B| ->
  cost W A B *+ m <= cost W A' B' *+ (m + #|A|).
Proof.
move=> n_eq W_ge0 least_BA card_B cardA cardB; rewrite -2!(cost_tr W).
by apply: (rows_first_one_row n_eq) least_BA card_B cardB cardA => i j; rewrite mxE.
Qed.

(* The better of both orders stays below 2 where one row or one column is left: the domain of two_is_least is exact. *)
Theorem better_one_line (R : realDomainType) m n r c (W : 'M[R]_(m, n)) (p q q' q'' : pruning m n) :
  nonneg W -> rows_first W q'.1 q'.2 -> columns_first W q''.1 q''.2 -> cost_of W q <= cost_of W q' ->
  cost_of W q <= cost_of W q'' -> shape_of q' = (r, c) -> shape_of q'' = (r, c) -> shape_of p = (r, c) ->
  (m = r.+1 -> cost_of W q *+ n <= cost_of W p *+ (n + c)) /\ (n = c.+1 -> cost_of W q *+ m <= cost_of W p *+ (m + r)).
Proof.
move=> W_ge0 rows columns le_rows le_columns [rowsA rowsB] [columnsA columnsB] [pA pB]; split=> [m_eq|n_eq].
  apply: le_trans (_ : cost_of W q' *+ n <= _); first by rewrite ler_wmuln2r.
  by rewrite -rowsB; apply: (rows_first_one_row m_eq W_ge0 rows rowsA); rewrite ?rowsA ?rowsB.
apply: le_trans (_ : cost_of W q'' *+ m <= _); first by rewrite ler_wmuln2r.
by rewrite -columnsA; apply: (columns_first_one_column n_eq W_ge0 columns columnsB); rewrite ?columnsA ?columnsB.
Qed.
