(* No factor below 2 holds: theorem T4. And none at all for the greedy.

   tight m n r c e   the family of tight instances, of any size m >= r + 2, n >= c + 2; with m = n = 3, r = c = 1 it is

                          1    0    0
                          0    0   1-e
                          0   1-e   3

                     In general row 0 is the optimum's, row 1 the algorithms', rows 2 .. r are zero and taken by both,
                     and rows beyond r are heavy; columns likewise.
   taken m r         the rows 1 .. r, what every algorithm takes
   spared m r        the rows 0, 2 .. r, what it should take
   reselected W p q  q comes from p by alternating re-selection: any number of times all removed columns are replaced by
                     as many of least sum over the rows left, or rows likewise, in any order, ties broken in any way
   minimal m n P r c the shape (r, c) satisfies P, and every other shape that does removes more rows or more columns
   target_output     what an algorithm, or alternating re-selection from its answer, returns for a requirement on shapes
   least_mean W p l  the line l (inl a row, inr a column) is kept by p; no kept line has a smaller mean of what is kept
   greedy W target p q   the greedy, started at p, may end at q: it removes lines of least mean until the target is met

   All sums that decide are strict, so the statements hold for every way of breaking ties. *)

From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import zify.
From RCPrune Require Import Problem Approximation Sorting Shapes.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

(* A set whose elements are all strictly below the others is the only least one of its size. *)
Lemma least_unique (R : realDomainType) (T : finType) (f : T -> R) (S A : {set T}) :
  (forall x y, x \in S -> y \notin S -> f x < f y) -> least f A -> #|A| = #|S| -> A = S.
Proof.
move=> f_lt leastA cardA; apply/eqP; rewrite eqEcard cardA leqnn andbT.
apply/negPn/negP => /subsetPn[y y_in y_notin].
have /subsetPn[x x_in x_notin] : ~~ (S \subset A).
  apply/negP => S_sub; have /eqP eqSA : S == A by rewrite eqEcard S_sub cardA leqnn.
  by rewrite eqSA y_in in y_notin.
have := leastA (x |: (A :\ y)); rewrite cardsU1 !inE (negPf x_notin) andbF.
have := cardsD1 y A; rewrite y_in => <- /(_ erefl).
rewrite (big_setD1 y y_in) big_setU1 ?inE ?(negPf x_notin) ?andbF //= ler_add2r.
by rewrite leNgt f_lt.
Qed.

Section Reselection.

Variables (R : realDomainType) (m n : nat) (W : 'M[R]_(m, n)).
Implicit Types (p q : pruning m n) (A : {set 'I_m}) (B : {set 'I_n}).

Inductive reselected p : pruning m n -> Prop :=
| reselect_none : reselected p p
| reselect_columns A B B' : reselected p (A, B) -> #|B'| = #|B| -> least (residual_sum W A) B' -> reselected p (A, B')
| reselect_rows A A' B : reselected p (A, B) -> #|A'| = #|A| -> least (residual_sum W^T B) A' -> reselected p (A', B).

(* Alternating re-selection keeps the shape and never costs more, so it inherits the factor of its start. *)
Theorem reselected_cost p q : reselected p q -> shape_of q = shape_of p /\ cost_of W q <= cost_of W p.
Proof.
elim=> [//|A B B' _ [<- cost_le] cardB leastB|A A' B _ [<- cost_le] cardA leastA]; rewrite /shape_of /= ?cardA ?cardB.
  by split=> //; apply: le_trans cost_le; rewrite /cost_of !cost_rows_first ler_add2l leastB.
by split=> //; apply: le_trans cost_le; rewrite /cost_of /= -2!(cost_tr W) !cost_rows_first ler_add2l leastA.
Qed.

End Reselection.

Section Sets.

Variables (m r : nat).

Definition taken : {set 'I_m} := [set i : 'I_m | 0 < i <= r]%N.

Definition spared : {set 'I_m} := [set i : 'I_m | (i <= r) && (i != 1 :> nat)]%N.

Hypotheses (r_gt0 : (0 < r)%N) (r_lt : (r.+1 < m)%N).

Lemma card_below k : (k <= m)%N -> #|[set i : 'I_m | i < k]%N| = k.
Proof.
move=> k_le; rewrite -sum1_card (eq_bigl (fun i : 'I_m => i < k)%N) => [|i]; last by rewrite inE.
by rewrite (big_ord_narrow k_le) big_const card_ord iter_addn_0 mul1n.
Qed.

Lemma card_taken : #|taken| = r.
Proof.
have m_gt0 : (0 < m)%N by lia.
have := cardsD1 (Ordinal m_gt0) [set i : 'I_m | i < r.+1]%N; rewrite card_below ?inE; last by lia.
suff -> : [set i : 'I_m | i < r.+1]%N :\ Ordinal m_gt0 = taken by move=> /=; lia.
by apply/setP => i; rewrite !inE -val_eqE /= ltnS lt0n.
Qed.

Lemma card_spared : #|spared| = r.
Proof.
have m_gt1 : (1 < m)%N by lia.
have := cardsD1 (Ordinal m_gt1) [set i : 'I_m | i < r.+1]%N; rewrite card_below ?inE; last by lia.
suff -> : [set i : 'I_m | i < r.+1]%N :\ Ordinal m_gt1 = spared by move=> /=; lia.
by apply/setP => i; rewrite !inE -val_eqE /= ltnS andbC.
Qed.

End Sets.

Section Family.

Variable R : realDomainType.
Implicit Types (e : R).

Definition tight_entry (r c : nat) e (i j : nat) : R :=
  if (i == 0)%N && (j == 0)%N then 1
  else if ((i == 1)%N && (j == c.+1)) || ((i == r.+1) && (j == 1)%N) then 1 - e
  else if (r < i)%N && (c < j)%N then 3%:R else 0.

Definition tight m n r c e : 'M[R]_(m, n) := \matrix_(i, j) tight_entry r c e i j.

Lemma tight_tr m n r c e : (tight m n r c e)^T = tight n m c r e.
Proof.
apply/matrixP => j i; rewrite !mxE /tight_entry orbC.
by rewrite ![(nat_of_ord i == _) && _]andbC [(r < i)%N && _]andbC.
Qed.

Lemma tight_ge0 m n r c e : e <= 1 -> nonneg (tight m n r c e).
Proof.
move=> e_le1 i j; rewrite mxE /tight_entry.
by case: ifP => _; [|case: ifP => _; [|case: ifP => _]]; rewrite ?ler01 ?ler0n ?subr_ge0.
Qed.

Variables (m n r c : nat) (e : R).
Hypotheses (r_gt0 : (0 < r)%N) (r_lt : (r.+1 < m)%N) (c_gt0 : (0 < c)%N) (c_lt : (c.+1 < n)%N).
Hypotheses (e_gt0 : 0 < e) (e_le1 : e <= 1).

Let W := tight m n r c e.

(* A sum along row i over columns that include 0 and c + 1. *)
Section RowSums.

Variable S : {set 'I_n}.
Hypothesis S_in : forall j : 'I_n, (j == 0 :> nat)%N || (j == c.+1 :> nat) -> j \in S.

Let line (i : 'I_m) := \sum_(j in S) W i j.

Let S_c (lt : (c.+1 < n)%N) : Ordinal lt \in S.
Proof. by apply: S_in; rewrite /= eqxx. Qed.

Lemma line_ge0 i : 0 <= line i.
Proof. by apply: sumr_ge0 => j _; apply: tight_ge0. Qed.

Lemma line_first (i : 'I_m) : i = 0%N :> nat -> line i = 1.
Proof.
have n_gt0 := leq_ltn_trans (leq0n _) c_lt; have S_0 := S_in (isT : (Ordinal n_gt0 == 0 :> nat)%N || _).
move=> i0; rewrite /line (big_setD1 _ S_0) /= big1 ?addr0 => [|j].
  by rewrite mxE /tight_entry i0.
by rewrite !inE mxE /tight_entry i0 /= -val_eqE /= => /andP[/negPf ->].
Qed.

Lemma line_second (i : 'I_m) : i = 1%N :> nat -> line i = 1 - e.
Proof.
move=> i1; rewrite /line (big_setD1 _ (S_c c_lt)) /= big1 ?addr0 => [|j].
  by rewrite mxE /tight_entry i1 /= eqxx.
rewrite !inE mxE /tight_entry i1 /= -val_eqE /= => /andP[/negPf -> _] /=.
by rewrite eqSS eq_sym (gtn_eqF r_gt0) ltnS leqNgt r_gt0.
Qed.

Lemma line_zero (i : 'I_m) : (1 < i <= r)%N -> line i = 0.
Proof.
move=> i_in; rewrite /line big1 // => j _; rewrite mxE /tight_entry.
by rewrite !ifF //; apply/negbTE; lia.
Qed.

Lemma line_heavy (i : 'I_m) : (r < i)%N -> 3%:R <= line i.
Proof.
move=> i_gt; rewrite /line (big_setD1 _ (S_c c_lt)) /= ler_paddr ?sumr_ge0 // => [j _|]; first exact: tight_ge0.
have [i0 i1] : (i == 0 :> nat)%N = false /\ (i == 1 :> nat)%N = false by split; lia.
by rewrite mxE /tight_entry /= i0 i1 i_gt ltnSn /= eqSS (gtn_eqF c_gt0) andbF.
Qed.

Lemma line_order x y : x \in taken m r -> y \notin taken m r -> line x < line y.
Proof.
have lt1 : 1 - e < 1 by rewrite ltr_subl_addr ltr_addl.
have lt13 : 1 < 3%:R :> R by rewrite ltr1n.
rewrite !inE => /andP[x_gt x_le] y_out; apply: (@le_lt_trans _ _ (1 - e)).
  have [x1|x_gt1] := leqP x 1; first by rewrite line_second //; lia.
  by rewrite line_zero ?x_gt1 // subr_ge0.
have [y0|y_gt] := posnP y; first by rewrite line_first.
by apply: lt_trans lt1 (lt_le_trans lt13 _); apply: line_heavy; lia.
Qed.

Lemma line_least A : least line A -> #|A| = r -> A = taken m r.
Proof. by move=> leastA cardA; apply: least_unique line_order leastA _; rewrite cardA card_taken. Qed.

Lemma line_taken : \sum_(i in taken m r) line i = 1 - e.
Proof.
have m_gt1 : (1 < m)%N by lia.
have in1 : Ordinal m_gt1 \in taken m r by rewrite inE /= r_gt0.
rewrite (big_setD1 _ in1) /= line_second // big1 ?addr0 // => i.
by rewrite !inE -val_eqE /= => i_in; apply: line_zero; lia.
Qed.

End RowSums.

End Family.

Lemma eq_least (R : realDomainType) (T : finType) (f g : T -> R) (A : {set T}) : f =1 g -> least f A -> least g A.
Proof.
move=> eq_fg leastA A' cardA; have := leastA A' cardA.
by rewrite (eq_bigr g) // [leRHS](eq_bigr g).
Qed.

Lemma column_row_sum (R : realDomainType) m n (W : 'M[R]_(m, n)) : column_sum W =1 row_sum W^T.
Proof. by move=> j; apply: eq_bigr => i _; rewrite mxE. Qed.

Section Rows.

Variables (R : realDomainType) (m n r c : nat) (e : R).
Hypotheses (r_gt0 : (0 < r)%N) (r_lt : (r.+1 < m)%N) (c_gt0 : (0 < c)%N) (c_lt : (c.+1 < n)%N).
Hypotheses (e_gt0 : 0 < e) (e_le1 : e <= 1).

Let W := tight m n r c e.

Lemma tight_row_sum : row_sum W =1 fun i => \sum_(j in [set: 'I_n]) W i j.
Proof. by move=> i; apply: eq_bigl => j; rewrite inE. Qed.

Lemma tight_residual_sum : residual_sum W^T (taken n c) =1 fun i => \sum_(j in ~: taken n c) W i j.
Proof. by move=> i; apply: eq_bigr => j; rewrite mxE. Qed.

Lemma kept_ends (j : 'I_n) : (j == 0 :> nat)%N || (j == c.+1 :> nat) -> j \in ~: taken n c.
Proof. by rewrite !inE; lia. Qed.

Lemma tight_rows A : least (row_sum W) A -> #|A| = r -> A = taken m r.
Proof.
move/(eq_least tight_row_sum); by apply: line_least => // j _; apply: in_setT.
Qed.

Lemma tight_rows_left A : least (residual_sum W^T (taken n c)) A -> #|A| = r -> A = taken m r.
Proof.
move/(eq_least tight_residual_sum); by apply: line_least => // j; apply: kept_ends.
Qed.

Lemma tight_rows_sum : \sum_(i in taken m r) row_sum W i = 1 - e.
Proof.
rewrite (eq_bigr _ (fun i _ => tight_row_sum i)).
by apply: line_taken => // j _; apply: in_setT.
Qed.

Lemma tight_rows_left_sum : \sum_(i in taken m r) residual_sum W^T (taken n c) i = 1 - e.
Proof.
rewrite (eq_bigr _ (fun i _ => tight_residual_sum i)).
by apply: line_taken => // j; apply: kept_ends.
Qed.

End Rows.

Arguments tight_row_sum {R m n r c e}.

(* What the algorithms may return at a given shape: by either theorem, by the better of both orders (it is one of them),
   or by alternating re-selection from any of these. *)
Inductive output (R : realDomainType) m n (W : 'M[R]_(m, n)) q : Prop :=
| output_independent of independent W q.1 q.2
| output_rows_first of rows_first W q.1 q.2
| output_columns_first of columns_first W q.1 q.2
| output_alternating p of output W p & reselected W p q.

Section FixedShape.

Variables (R : realDomainType) (m n r c : nat) (e : R).
Hypotheses (r_gt0 : (0 < r)%N) (r_lt : (r.+1 < m)%N) (c_gt0 : (0 < c)%N) (c_lt : (c.+1 < n)%N).
Hypotheses (e_gt0 : 0 < e) (e_le1 : e <= 1).

Let W := tight m n r c e.
Let answer : pruning m n := (taken m r, taken n c).

Lemma tight_columns B : least (column_sum W) B -> #|B| = c -> B = taken n c.
Proof. by move/(eq_least (column_row_sum W)); rewrite /W tight_tr; apply: tight_rows. Qed.

Lemma tight_columns_left B : least (residual_sum W (taken m r)) B -> #|B| = c -> B = taken n c.
Proof. by rewrite -[W]trmxK tight_tr; apply: tight_rows_left. Qed.

Lemma tight_columns_sum : \sum_(j in taken n c) column_sum W j = 1 - e.
Proof.
rewrite (eq_bigr _ (fun j _ => column_row_sum W j)) /W tight_tr.
by apply: tight_rows_sum.
Qed.

Lemma tight_columns_left_sum : \sum_(j in taken n c) residual_sum W (taken m r) j = 1 - e.
Proof. by rewrite -[W]trmxK tight_tr; apply: tight_rows_left_sum. Qed.

Lemma tight_independent A B : independent W A B -> #|A| = r -> #|B| = c -> (A, B) = answer.
Proof. by case=> leastA leastB cardA cardB; rewrite (tight_rows _ _ _ _ _ _ leastA) // (tight_columns leastB). Qed.

Lemma tight_rows_first A B : rows_first W A B -> #|A| = r -> #|B| = c -> (A, B) = answer.
Proof.
case=> leastA leastB cardA cardB; have eqA : A = taken m r by apply: tight_rows leastA _.
by rewrite eqA in leastB *; rewrite (tight_columns_left leastB).
Qed.

Lemma card_answer : shape_of answer = (r, c).
Proof. by rewrite /shape_of !card_taken. Qed.

(* Alternating re-selection stays. *)
Lemma tight_reselected q : reselected W answer q -> q = answer.
Proof.
elim=> // [A B B' _ [-> ->] cardB leastB|A A' B _ [-> ->] cardA leastA].
  by rewrite (tight_columns_left leastB) // cardB card_taken.
by rewrite (tight_rows_left _ _ _ _ _ _ leastA) // cardA card_taken.
Qed.

Lemma tight_cost : cost_of W answer = (1 - e) *+ 2.
Proof. by rewrite /cost_of cost_rows_first tight_rows_sum // tight_columns_left_sum mulr2n. Qed.

Lemma spared_cost : cost W (spared m r) (spared n c) = 1.
Proof.
have m_gt0 := leq_ltn_trans (leq0n _) r_lt.
have in0 : Ordinal m_gt0 \in spared m r by rewrite inE.
rewrite cost_rows_first (big_setD1 _ in0) /= tight_row_sum line_first //.
rewrite big1 ?addr0 => [|i]; last first.
  by rewrite !inE -val_eqE /= => i_in; rewrite tight_row_sum line_zero //; lia.
rewrite big1 ?addr0 // => j; rewrite inE => j_in; rewrite /residual_sum big1 // => i; rewrite !inE => i_out.
by rewrite mxE /tight_entry !ifF //; apply/negbTE; lia.
Qed.

End FixedShape.

Section FixedShapeTwo.

Variables (R : realDomainType) (m n r c : nat) (e : R).
Hypotheses (r_gt0 : (0 < r)%N) (r_lt : (r.+1 < m)%N) (c_gt0 : (0 < c)%N) (c_lt : (c.+1 < n)%N).
Hypotheses (e_gt0 : 0 < e) (e_le1 : e <= 1).

Let W := tight m n r c e.
Let answer : pruning m n := (taken m r, taken n c).

Lemma tight_columns_first A B : columns_first W A B -> #|A| = r -> #|B| = c -> (A, B) = answer.
Proof.
rewrite /columns_first /W tight_tr => least_BA cardA cardB.
by have [-> ->] := tight_rows_first c_gt0 c_lt r_gt0 r_lt e_gt0 e_le1 least_BA cardB cardA.
Qed.

(* T4, fixed shape: the pruning that every algorithm returns, however it breaks ties, costs 2 - 2e; another costs 1. *)
Theorem tight_output q : output W q -> shape_of q = (r, c) -> q = answer.
Proof.
elim=> {q} [[A B] alg [cardA cardB]|[A B] alg [cardA cardB]|[A B] alg [cardA cardB]|q p _ IHp path shape_q].
- by apply: tight_independent alg cardA cardB.
- by apply: tight_rows_first alg cardA cardB.
- by apply: tight_columns_first alg cardA cardB.
have [shape_eq _] := reselected_cost path; move: path.
by rewrite IHp -?shape_eq //; apply: tight_reselected.
Qed.

Theorem tight_ratio q : output W q -> shape_of q = (r, c) ->
  cost_of W q = (1 - e) *+ 2 /\
  exists2 p, shape_of p = (r, c) & cost_of W p = 1.
Proof.
move=> out_q shape_q; rewrite (tight_output out_q shape_q) tight_cost //; split=> //.
by exists (spared m r, spared n c); [rewrite /shape_of !card_spared | apply: spared_cost].
Qed.

End FixedShapeTwo.

(* The target version. A shape is minimal for a requirement P if every other shape that satisfies P removes more rows or
   more columns. For a target: the shape reaches it, and does not with one row or one column less. *)
Definition minimal m n (P : pred (nat * nat)) (r c : nat) : Prop :=
  P (r, c) /\ {in shapes m n, forall s, P s -> [\/ s = (r, c), (r < s.1)%N | (c < s.2)%N]}.

Lemma minimal_target m n units target kept_rows kept_columns r c :
  reaches m n units target kept_rows kept_columns (r, c) ->
  (units * removed_count m n r.-1 c < target)%N -> (units * removed_count m n r c.-1 < target)%N ->
  minimal m n (reaches m n units target kept_rows kept_columns) r c.
Proof.
move=> reach_rc less_r less_c; split=> // -[r' c'] _ /and3P[/= reach _ _].
have [r_le c_le] : (r <= m)%N /\ (c <= n)%N by case/and3P: reach_rc => _ /= ? ?; split; lia.
have [r'_le|r'_gt] := leqP r' r; last by constructor 2.
have [c'_le|c'_gt] := leqP c' c; last by constructor 3.
constructor 1; congr (_, _); apply/eqP; rewrite eqn_leq ?r'_le ?c'_le /= leqNgt; apply/negP => lt.
  have : (removed_count m n r' c' <= removed_count m n r.-1 c)%N by apply: removed_count_mono; lia.
  by move=> /(leq_mul (leqnn units))/(leq_trans reach); rewrite leqNgt less_r.
have : (removed_count m n r' c' <= removed_count m n r c.-1)%N by apply: removed_count_mono; lia.
by move=> /(leq_mul (leqnn units))/(leq_trans reach); rewrite leqNgt less_c.
Qed.

Section TargetVersion.

Variables (R : realDomainType) (m n r c : nat) (e : R).
Hypotheses (r_gt0 : (0 < r)%N) (r_lt : (r.+1 < m)%N) (c_gt0 : (0 < c)%N) (c_lt : (c.+1 < n)%N).
Hypotheses (e_gt0 : 0 < e) (e_le1 : e <= 1).

Let W := tight m n r c e.

(* More than r rows hold a heavy one, or both row 0 and row 1. *)
Lemma tight_more_rows (A : {set 'I_m}) : (r < #|A|)%N -> 1 + (1 - e) <= \sum_(i in A) row_sum W i.
Proof.
move=> A_gt; pose f i := \sum_(j in [set: 'I_n]) W i j; rewrite (eq_bigr f) => [|i _]; last exact: tight_row_sum.
have f_ge0 i : 0 <= f i by apply: line_ge0.
have [/existsP[i /andP[i_in i_gt]]|no_heavy] := boolP [exists i in A, r < i]%N.
  rewrite (big_setD1 i i_in) /= ler_paddr ?sumr_ge0 //.
  apply: le_trans (_ : 3%:R <= _); last by apply: line_heavy.
  rewrite addrA ler_subl_addr -mulr2n; apply: le_trans (_ : 3%:R <= _); first by rewrite ler_nat.
  by rewrite ler_addl ltW.
have A_sub : A \subset [set i : 'I_m | i < r.+1]%N.
  apply/subsetP => i i_in; rewrite inE ltnS leqNgt; apply: contra no_heavy => i_gt.
  by apply/existsP; exists i; rewrite i_in.
have A_eq : A = [set i : 'I_m | i < r.+1]%N by apply/eqP; rewrite eqEcard A_sub card_below // ltnW.
have m_gt0 : (0 < m)%N by apply: leq_ltn_trans r_lt.
have m_gt1 : (1 < m)%N by apply: leq_ltn_trans r_lt.
have in0 : Ordinal m_gt0 \in A by rewrite A_eq inE.
have in1 : Ordinal m_gt1 \in A :\ Ordinal m_gt0 by rewrite !inE A_eq inE.
rewrite (big_setD1 _ in0) (big_setD1 _ in1) /= [leRHS]addrA ler_paddr ?sumr_ge0 //.
by rewrite /f line_first // line_second.
Qed.

End TargetVersion.

Section TargetTwo.

Variables (R : realDomainType) (m n r c : nat) (e : R) (P : pred (nat * nat)).
Hypotheses (r_gt0 : (0 < r)%N) (r_lt : (r.+1 < m)%N) (c_gt0 : (0 < c)%N) (c_lt : (c.+1 < n)%N).
Hypotheses (e_gt0 : 0 < e) (e_le1 : e <= 1) (P_minimal : minimal m n P r c).

Let W := tight m n r c e.
Let answer : pruning m n := (taken m r, taken n c).

Let lt2 : (1 - e) *+ 2 < 1 + (1 - e).
Proof. by rewrite mulr2n ltr_add2r ltr_subl_addr ltr_addl. Qed.

Lemma tight_more_columns (B : {set 'I_n}) : (c < #|B|)%N -> 1 + (1 - e) <= \sum_(j in B) column_sum W j.
Proof.
move=> B_gt; rewrite (eq_bigr _ (fun j _ => column_row_sum W j)) /W tight_tr.
exact: tight_more_rows.
Qed.

(* A price that covers the removed rows' sums, and the columns', keeps to the minimal shape. *)
Lemma tight_choose price sel :
  {in shapes m n, forall s, [/\ shape_of (sel s) = s, \sum_(i in (sel s).1) row_sum W i <= price s &
                                \sum_(j in (sel s).2) column_sum W j <= price s]} ->
  sel (r, c) = answer -> price (r, c) = (1 - e) *+ 2 -> choose price sel P = Some answer.
Proof.
have [P_rc P_min] := P_minimal.
move=> selP sel_rc price_rc; have P_answer : P (shape_of answer) by rewrite card_answer.
case Eq: choose => [q|]; last by have := choose_none answer Eq; rewrite P_answer.
have [s -> [s_in Ps s_le]] := choose_some Eq; have [shape_s rows_s columns_s] := selP s s_in.
have price_s : price s <= (1 - e) *+ 2.
  by have := s_le _ P_answer; rewrite card_answer // price_rc.
have too_dear : ~ 1 + (1 - e) <= price s by move=> /le_trans/(_ price_s); rewrite leNgt lt2.
have [-> //|s1|s2] := P_min s s_in Ps.
- by rewrite sel_rc.
- by case: too_dear; apply: le_trans rows_s; apply: tight_more_rows => //; rewrite -shape_s in s1.
by case: too_dear; apply: le_trans columns_s; apply: tight_more_columns => //; rewrite -shape_s in s2.
Qed.

Let W_ge0 : nonneg W. Proof. by move=> i j; apply: tight_ge0. Qed.

Let in_rc : (r, c) \in shapes m n.
Proof. by rewrite -(@card_answer m n r c) // shape_of_mem. Qed.

Let at_rc sel alg : selection alg sel -> (forall A B, alg A B -> output W (A, B)) -> sel (r, c) = answer.
Proof.
move=> selP algP; have [shape_rc alg_rc] := selP _ in_rc.
have out_rc : output W (sel (r, c)) by case: (sel _) alg_rc => A B; apply: algP.
by apply: tight_output out_rc shape_rc.
Qed.

(* T4, target version. Whatever selection of lines, ties broken in any way, the minimal shape is the cheapest. *)
Theorem tight_target_independent sel : selection (independent W) sel ->
  choose (fun s => surrogate_of W (sel s)) sel P = Some answer.
Proof.
move=> selP; have eq_rc := at_rc selP (fun A B alg => @output_independent _ _ _ W (A, B) alg).
apply: tight_choose => // [s s_in|]; last first.
  by rewrite eq_rc /surrogate_of /surrogate tight_rows_sum // tight_columns_sum // mulr2n.
have [shape_s _] := selP s s_in; split=> //.
  by rewrite ler_addl sumr_ge0 // => j _; apply: sumr_ge0 => i _; apply: W_ge0.
by rewrite ler_addr sumr_ge0 // => i _; apply: sumr_ge0 => j _; apply: W_ge0.
Qed.

Lemma tight_target_cost sel : {in shapes m n, forall s, shape_of (sel s) = s} -> sel (r, c) = answer ->
  choose (fun s => cost_of W (sel s)) sel P = Some answer.
Proof.
move=> selP eq_rc; apply: tight_choose => // [s s_in|]; last by rewrite eq_rc tight_cost.
by split; [apply: selP | apply: rows_cost | apply: columns_cost].
Qed.

Theorem tight_target_rows_first sel : selection (rows_first W) sel ->
  choose (fun s => cost_of W (sel s)) sel P = Some answer.
Proof.
move=> selP; apply: tight_target_cost => [s /selP[]//|].
exact: at_rc selP (fun A B alg => @output_rows_first _ _ _ W (A, B) alg).
Qed.

Theorem tight_target_columns_first sel : selection (columns_first W) sel ->
  choose (fun s => cost_of W (sel s)) sel P = Some answer.
Proof.
move=> selP; apply: tight_target_cost => [s /selP[]//|].
exact: at_rc selP (fun A B alg => @output_columns_first _ _ _ W (A, B) alg).
Qed.

Theorem tight_target_residual sel sel' : selection (rows_first W) sel -> selection (columns_first W) sel' ->
  choose (fun s => cost_of W (better W sel sel' s)) (better W sel sel') P = Some answer.
Proof.
move=> selP selP'; apply: tight_target_cost => [s s_in|]; rewrite /better.
  by case: ifP => _; [have [] := selP s s_in | have [] := selP' s s_in].
rewrite (at_rc selP (fun A B alg => @output_rows_first _ _ _ W (A, B) alg)).
by rewrite (at_rc selP' (fun A B alg => @output_columns_first _ _ _ W (A, B) alg)) if_same.
Qed.

End TargetTwo.

(* No factor below 2. *)
Section NoSmallerFactor.

Variable R : realFieldType.

Lemma tight_epsilon (a : R) : a < 2%:R -> exists e, [/\ 0 < e, e <= 1 & a < (1 - e) *+ 2].
Proof.
move=> a_lt; have gap : 0 < (2%:R - a) / 4%:R by rewrite divr_gt0 ?subr_gt0 ?ltr0n.
pose e := Num.min 1 ((2%:R - a) / 4%:R); exists e.
have e_gt0 : 0 < e by rewrite lt_minr ltr01 gap.
have e_le : e <= (2%:R - a) / 4%:R by rewrite le_minl lexx orbT.
split=> //; first by rewrite le_minl lexx.
have e2_le : e *+ 2 <= (2%:R - a) / 2%:R.
  apply: le_trans (_ : ((2%:R - a) / 4%:R) *+ 2 <= _); first by rewrite ler_muln2r.
  by rewrite -mulr_natr -mulrA (natrM R 2 2 : 4%:R = _) invfM -mulrA mulVf ?pnatr_eq0 // mulr1.
rewrite mulrnBl ltr_subr_addl -ltr_subr_addr (le_lt_trans e2_le) //.
by rewrite ltr_pdivr_mulr ?ltr0n // mulr_natr mulr2n ltr_addl subr_gt0.
Qed.

(* T4, fixed shape: wherever 1 <= r <= m - 2 and 1 <= c <= n - 2, every factor below 2 fails for independent sums, for
   residual sums in either order, hence for the better order, and for alternating re-selection from any of these. *)
Theorem two_is_least m n r c (a : R) :
  (0 < r)%N -> (r.+1 < m)%N -> (0 < c)%N -> (c.+1 < n)%N -> a < 2%:R ->
  exists (W : 'M[R]_(m, n)) (p : pruning m n), [/\ nonneg W, shape_of p = (r, c) &
    forall q, output W q -> shape_of q = (r, c) -> a * cost_of W p < cost_of W q].
Proof.
move=> r_gt0 r_lt c_gt0 c_lt /tight_epsilon[e [e_gt0 e_le1 a_lt]].
exists (tight m n r c e), (spared m r, spared n c); split=> [||q out_q shape_q]; first exact: tight_ge0.
  by rewrite /shape_of !card_spared.
have [-> _] := tight_ratio r_gt0 r_lt c_gt0 c_lt e_gt0 e_le1 out_q shape_q.
by rewrite /cost_of /= spared_cost // mulr1.
Qed.

(* The statement is not void: every algorithm has an output of every shape. *)
Lemma output_exists m n (W : 'M[R]_(m, n)) s : s \in shapes m n ->
  [/\ output W (independent_at W s), output W (rows_first_at W s) & output W (columns_first_at W s)].
Proof.
move=> s_in; split.
- by apply: output_independent; have [] := @independent_selection _ _ _ W s s_in.
- by apply: output_rows_first; have [] := @rows_first_selection _ _ _ W s s_in.
by apply: output_columns_first; have [] := @columns_first_selection _ _ _ W s s_in.
Qed.

(* What the algorithms return for a requirement P on shapes, one selection of lines for each, and what alternating
   re-selection makes of it. *)
Definition target_output m n (W : 'M[R]_(m, n)) (P : pred (nat * nat)) sel sel' sel'' (q' : pruning m n) : Prop :=
  exists2 q, reselected W q q' & [\/
    selection (independent W) sel /\ choose (fun s => surrogate_of W (sel s)) sel P = Some q,
    selection (rows_first W) sel' /\ choose (fun s => cost_of W (sel' s)) sel' P = Some q,
    selection (columns_first W) sel'' /\ choose (fun s => cost_of W (sel'' s)) sel'' P = Some q |
    [/\ selection (rows_first W) sel', selection (columns_first W) sel'' &
        choose (fun s => cost_of W (better W sel' sel'' s)) (better W sel' sel'') P = Some q]].

(* T4, target version: wherever a minimal shape leaves two rows and two columns and is not one-sided. *)
Theorem two_is_least_minimal m n r c P (a : R) :
  (0 < r)%N -> (r.+1 < m)%N -> (0 < c)%N -> (c.+1 < n)%N -> minimal m n P r c -> a < 2%:R ->
  exists (W : 'M[R]_(m, n)) (p : pruning m n), [/\ nonneg W, P (shape_of p) &
    forall sel sel' sel'' q, target_output W P sel sel' sel'' q -> a * cost_of W p < cost_of W q].
Proof.
move=> r_gt0 r_lt c_gt0 c_lt P_min /tight_epsilon[e [e_gt0 e_le1 a_lt]].
exists (tight m n r c e), (spared m r, spared n c); split=> [||sel sel' sel'' q' [q path q_out]].
- exact: tight_ge0.
- by rewrite /shape_of !card_spared //; case: P_min.
have eq_q : q = (taken m r, taken n c).
  case: q_out => [[selP Eq]|[selP Eq]|[selP Eq]|[selP selP' Eq]]; apply: Some_inj; rewrite -Eq.
  - exact: tight_target_independent selP.
  - exact: tight_target_rows_first selP.
  - exact: tight_target_columns_first selP.
  exact: tight_target_residual selP selP'.
rewrite eq_q in path; have -> := tight_reselected _ _ _ _ _ _ path => //.
by rewrite tight_cost // /cost_of /= spared_cost // mulr1.
Qed.

(* In particular for every m, n >= 3 at target m + n - 1, which is 5 of 9 for the 3x3 matrix. *)
Definition tight_target m n : pred (nat * nat) := reaches m n 1 (m + n - 1) 0 0.

Corollary two_is_least_target m n (a : R) : (2 < m)%N -> (2 < n)%N -> a < 2%:R ->
  exists (W : 'M[R]_(m, n)) (p : pruning m n), [/\ nonneg W, tight_target m n (shape_of p) &
    forall sel sel' sel'' q, target_output W (tight_target m n) sel sel' sel'' q -> a * cost_of W p < cost_of W q].
Proof.
move=> m_ge3 n_ge3; apply: (@two_is_least_minimal m n 1 1) => //.
by apply: minimal_target; rewrite /reaches /removed_count /=; lia.
Qed.

End NoSmallerFactor.

(* The greedy. Means are compared by cross-multiplication, so any ordered domain will do. *)
Section Greedy.

Variables (R : realDomainType) (m n : nat) (W : 'M[R]_(m, n)).
Implicit Types (p q : pruning m n) (l : 'I_m + 'I_n).

Definition line_kept p l := match l with inl i => i \notin p.1 | inr j => j \notin p.2 end.

Definition line_sum p l :=
  match l with inl i => \sum_(j in ~: p.2) W i j | inr j => \sum_(i in ~: p.1) W i j end.

Definition line_size p l := match l with inl _ => #|~: p.2| | inr _ => #|~: p.1| end.

Definition line_remove p l : pruning m n :=
  match l with inl i => (i |: p.1, p.2) | inr j => (p.1, j |: p.2) end.

Definition least_mean p l := [/\ line_kept p l, (0 < line_size p l)%N &
  forall l', line_kept p l' -> (0 < line_size p l')%N ->
  line_sum p l *+ line_size p l' <= line_sum p l' *+ line_size p l].

Inductive greedy (target : nat) : pruning m n -> pruning m n -> Prop :=
| greedy_stop p : (target <= #|removed p.1 p.2|)%N -> greedy target p p
| greedy_step p l q : (#|removed p.1 p.2| < target)%N -> least_mean p l -> greedy target (line_remove p l) q ->
    greedy target p q.

Lemma greedy_first target p q : greedy target p q ->
  (target <= #|removed p.1 p.2|)%N /\ q = p \/
  (#|removed p.1 p.2| < target)%N /\ exists2 l, least_mean p l & greedy target (line_remove p l) q.
Proof. by case=> [p' enough|p' l q' less mean_l run]; [left | right; split=> //; exists l]. Qed.

End Greedy.

Section GreedyUnbounded.

Variables (R : realDomainType) (m : nat).
Hypothesis m_gt1 : (1 < m)%N.

Definition uneven : 'M[R]_(m, 2) := \matrix_(i, j) if j == ord0 then 9%:R else 12%:R.

Let start : pruning m 2 := (set0, set0).
Let first_column : pruning m 2 := (set0, [set ord0]).

Let column_sum_first : line_sum uneven start (inr ord0) = 9%:R *+ m.
Proof. by rewrite /= setC0 (eq_bigr (fun=> 9%:R)) => [|i _]; rewrite ?mxE // sumr_const cardsT card_ord. Qed.

Let column_sum_second j : j != ord0 -> line_sum uneven start (inr j) = 12%:R *+ m.
Proof.
move=> /negPf j_neq; rewrite /= setC0 (eq_bigr (fun=> 12%:R)) => [|i _]; last by rewrite mxE j_neq.
by rewrite sumr_const cardsT card_ord.
Qed.

Let row_sum_any i : line_sum uneven start (inl i) = 21%:R.
Proof. by rewrite /= setC0 (eq_bigl xpredT) => [|j]; rewrite ?inE // big_ord_recl big_ord1 !mxE /= -natrD. Qed.

Let size_row i : line_size start (inl i) = 2%N. Proof. by rewrite /= setC0 cardsT card_ord. Qed.

Let size_column j : line_size start (inr j) = m. Proof. by rewrite /= setC0 cardsT card_ord. Qed.

Lemma uneven_greedy q : greedy uneven 2 start q <-> q = first_column.
Proof.
have removed_start : #|removed start.1 start.2| = 0%N by rewrite card_removed !cards0.
have enough : (2 <= #|removed first_column.1 first_column.2|)%N.
  by rewrite card_removed cards0 cards1 /removed_count; lia.
have is_first : first_column = line_remove start (inr ord0) by rewrite /= setU0.
split=> [run|->]; last first.
  apply: (greedy_step (l := inr ord0)); rewrite ?removed_start -?is_first //; last exact: greedy_stop.
  split; [by rewrite /= inE | by rewrite size_column ltnW |].
  case=> [i|j] _ _; rewrite column_sum_first ?row_sum_any ?size_row ?size_column.
    by rewrite -!mulrnA ler_nat; lia.
  have [->|j_neq] := eqVneq j ord0; first by rewrite column_sum_first.
  by rewrite column_sum_second // -!mulrnA ler_nat; nia.
case/greedy_first: run; rewrite removed_start => -[// _ [l [kept_l size_l mean_l] run]].
have is_l : l = inr ord0.
  have kept0 : line_kept start (inr ord0) by rewrite /= inE.
  have := mean_l _ kept0; rewrite column_sum_first size_column => /(_ (ltnW m_gt1)).
  case: l {kept_l size_l mean_l run} => [i|j].
    by rewrite row_sum_any size_row -!mulrnA ler_nat; lia.
  have [-> //|j_neq] := eqVneq j ord0.
  by rewrite size_column column_sum_second // -!mulrnA ler_nat; nia.
by move: run; rewrite is_l -is_first => /greedy_first[[]//|[]]; rewrite ltnNge enough.
Qed.

Lemma uneven_ge0 : nonneg uneven.
Proof. by move=> i j; rewrite mxE; case: ifP => _; apply: ler0n. Qed.

Lemma uneven_column_cost : cost_of uneven first_column = 9%:R *+ m.
Proof.
by rewrite /cost_of /= cost_rows_first big_set0 add0r big_set1; apply: column_sum_first.
Qed.

Lemma uneven_row_cost i : cost_of uneven ([set i], set0) = 21%:R.
Proof. by rewrite /cost_of /= cost_rows_first big_set1 big_set0 addr0 /row_sum big_ord_recl big_ord1 !mxE -natrD. Qed.

End GreedyUnbounded.

(* The greedy has no constant factor: on m rows (9, 12) with target 2 it drops a column, where one row is enough. *)
Theorem greedy_unbounded (R : realDomainType) (k : nat) :
  exists m n (W : 'M[R]_(m, n)) (p : pruning m n), [/\ nonneg W, (2 <= #|removed p.1 p.2|)%N,
    exists q, greedy W 2 (set0, set0) q &
    forall q, greedy W 2 (set0, set0) q -> cost_of W p *+ k < cost_of W q].
Proof.
pose m := (k * 3).+2; exists m, 2%N, (uneven R m), ([set ord0], set0); split.
- exact: uneven_ge0.
- by rewrite card_removed cards1 cards0 /removed_count; lia.
- by exists (set0, [set ord0]); apply/uneven_greedy.
move=> q /uneven_greedy -> //; rewrite uneven_row_cost uneven_column_cost -!mulrnA ltr_nat /m; lia.
Qed.

(* Over an Archimedean field: whatever the factor a. *)
Corollary greedy_no_factor (R : archiFieldType) (a : R) :
  exists m n (W : 'M[R]_(m, n)) (p : pruning m n), [/\ nonneg W, (2 <= #|removed p.1 p.2|)%N,
    exists q, greedy W 2 (set0, set0) q &
    forall q, greedy W 2 (set0, set0) q -> a * cost_of W p < cost_of W q].
Proof.
have [m [n [W [p [W_ge0 enough run cost_lt]]]]] := greedy_unbounded R (Num.bound `|a|).
exists m, n, W, p; split=> // q /cost_lt; apply: le_lt_trans.
have cost_p := cost_ge0 W_ge0 p.1 p.2; rewrite -mulr_natl ler_wpmul2r //.
exact: le_trans (ler_norm a) (ltW (archi_boundP (normr_ge0 a))).
Qed.
