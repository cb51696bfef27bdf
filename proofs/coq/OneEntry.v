(* One row and one column left: how bad the better of both residual orders can be at most (T4, proofs/tightness.md).

   entry_left W p i j   the pruning p leaves row i and column j, that is one entry

   For three rows or more the ratio is at most (3 m - 5) / (2 m - 3); for three columns or more, likewise with n. The smaller of
   m and n gives the supremum; that it is reached in the limit is on paper, and tested. *)

From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import zify.
From RCPrune Require Import Problem Approximation Shapes Domain.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

(* A least set that leaves one element leaves a largest. *)
Lemma least_leaves (R : realDomainType) (T : finType) (f : T -> R) (S : {set T}) x :
  least f S -> ~: S = [set x] -> forall y, f y <= f x.
Proof.
move=> leastS S_x y; have total z : \sum_(t in ~: [set z]) f t = \sum_t f t - f z.
  by rewrite [X in _ = X - _](bigD1 z) //= addrC addKr; apply: eq_bigl => t; rewrite !inE.
have := leastS (~: [set y]); rewrite -[S]setCK S_x !total ler_add2l ler_opp2; apply.
by apply/eqP; rewrite -(eqn_add2l 1%N) -{1}(cards1 y) cardsC -(cards1 x) cardsC.
Qed.

Lemma entry_counts m : (3 <= m)%N ->
  [/\ 2 * m - 3 = m - 2 + (m - 2) + 1, 3 * m - 5 = m - 2 + (m - 2) + (m - 2) + 1, 1 <= m - 2 & (m - 2).+1 = m.-1]%N.
Proof. by move=> m_ge3; split; lia. Qed.

Section OneEntry.

Variables (R : realDomainType) (m n : nat) (W : 'M[R]_(m, n)).
Hypothesis W_ge0 : nonneg W.

Let total := \sum_i \sum_j W i j.

Definition entry_left (p : pruning m n) i j : Prop := ~: p.1 = [set i] /\ ~: p.2 = [set j].

Lemma entry_cost p i j : entry_left p i j -> cost_of W p = total - W i j.
Proof.
case=> p_i p_j; rewrite /cost_of /total -(cost_kept W p.1 p.2) kept_weight p_i p_j /weight !big_set1.
by rewrite addrK.
Qed.

Lemma entry_row i j : W i j <= row_sum W i.
Proof. by rewrite /row_sum (bigD1 j) //= ler_addl; apply: sumr_ge0 => l _; apply: W_ge0. Qed.

Lemma two_entries_row i j l : j != l -> W i l + W i j <= row_sum W i.
Proof.
move=> neq; rewrite /row_sum (bigD1 l) //= (bigD1 j) //= addrA ler_addl.
by apply: sumr_ge0 => b _; apply: W_ge0.
Qed.

Lemma two_entries_column i j k : i != k -> W k j + W i j <= column_sum W j.
Proof.
move=> neq; rewrite /column_sum (bigD1 k) //= (bigD1 i) //= addrA ler_addl.
by apply: sumr_ge0 => b _; apply: W_ge0.
Qed.

Let R_theory : @ring_theory (GRing.Zmodule.sort R) 0 1 +%R *%R (fun a b => a - b) -%R eq.
Proof.
by split=> *; rewrite ?add0r ?mul1r ?subrr ?mulrDl //; [exact: addrC | exact: addrA | exact: mulrC | exact: mulrA].
Qed.

Add Ring R_ring : R_theory.

(* Two rows, and what a column has in the others, are not more than all. *)
Lemma two_rows_column k i j : i != k -> row_sum W k + row_sum W i + column_sum W j <= total + W k j + W i j.
Proof.
move=> neq; have split_rows (f : 'I_m -> R) : \sum_a f a = f k + (f i + \sum_(a | (a != k) && (a != i)) f a).
  by rewrite (bigD1 k) //= (bigD1 i).
rewrite /total -/(row_sum W) (split_rows (row_sum W)) /column_sum (split_rows (W^~ j)).
have : \sum_(a | (a != k) && (a != i)) W a j <= \sum_(a | (a != k) && (a != i)) row_sum W a.
  by apply: ler_sum => a _; apply: entry_row.
move: (\sum_(a | _) W a j) (\sum_(a | _) row_sum W a) => y z le.
rewrite -subr_ge0 (_ : _ - _ = z - y) ?subr_ge0 //; ring.
Qed.

(* A column whose entries outside row k are x at most. *)
Lemma column_most k j x : (forall a, W a j <= x) -> column_sum W j <= W k j + x *+ m.-1.
Proof.
move=> most; rewrite /column_sum (bigD1 k) //= ler_add2l.
apply: le_trans (_ : \sum_(a | a != k) x <= _); first by apply: ler_sum.
rewrite sumr_const (_ : #|_| = m.-1) //.
by have := cardC1 k; rewrite card_ord => <-; apply: eq_card => a; rewrite !inE.
Qed.

Lemma linear (t M u v x At AM Au Av Ax : R) :
  AM + AM + AM + Au + Av <= At + Ax -> M + v <= Ax + x + u -> u <= Au -> 0 <= Av -> 0 <= v ->
  (At - Ax) + (At - Ax) + (t - x) <= (At - AM) + (At - AM) + (At - AM) + (t - M).
Proof.
move=> le1 le2 le3 Av_ge0 v_ge0; rewrite -subr_ge0.
suff -> : (At - AM) + (At - AM) + (At - AM) + (t - M) - ((At - Ax) + (At - Ax) + (t - x)) =
  ((At + Ax) - (AM + AM + AM + Au + Av)) + ((Ax + x + u) - (M + v)) + (Au - u) + (Av + v).
  by do 3?[apply: addr_ge0; last by rewrite ?subr_ge0 ?addr_ge0]; rewrite subr_ge0.
ring.
Qed.

Lemma arithmetic (t M u v x a : R) :
  1 <= a -> 0 <= u -> 0 <= v -> M + M + M + u + v - x <= t -> M + v - u <= a * x + x ->
  (a + a + 1) * (t - x) <= (a + a + a + 1) * (t - M).
Proof.
move=> a_ge1 u_ge0 v_ge0; rewrite ler_subl_addr ler_subl_addr => t_ge x_ge.
have a_ge0 : 0 <= a by apply: le_trans a_ge1.
have {}t_ge := ler_wpmul2l a_ge0 t_ge; rewrite !mulrDr in t_ge.
have av_ge0 := mulr_ge0 a_ge0 v_ge0; rewrite !mulrDl !mul1r !mulrBr.
by apply: linear t_ge x_ge _ av_ge0 v_ge0; rewrite ler_pemull.

Qed.

Lemma three_lines (M u v z rk ri cl cj t y : R) :
  rk + ri + cj <= t + u + z -> z <= y -> cl <= cj -> M + v <= cl -> rk <= ri -> M + u <= rk -> M + M + M + u + v - y <= t.
Proof.
move=> le1 le2 le3 le4 le5 le6; rewrite -subr_ge0.
suff -> : t - (M + M + M + u + v - y) =
  ((t + u + z) - (rk + ri + cj)) + (y - z) + (cj - cl) + (cl - (M + v)) + (ri - rk) + (rk - (M + u)) + (rk - (M + u)).
  by do 6?[apply: addr_ge0; last by rewrite subr_ge0]; rewrite subr_ge0.
ring.
Qed.

Lemma entry_ratio p q' q'' i j i' j' k l z :
  (3 <= m)%N -> rows_first W q'.1 q'.2 -> columns_first W q''.1 q''.2 ->
  entry_left q' i j' -> entry_left q'' i' j -> entry_left p k l ->
  z <= cost_of W q' -> z <= cost_of W q'' ->
  z *+ (2 * m - 3) <= cost_of W p *+ (3 * m - 5).
Proof.
move=> m_ge3 [row_least row_next] [column_least column_next] q'_left q''_left p_left le_rows le_columns.
have row_largest a : row_sum W a <= row_sum W i by apply: least_leaves row_least q'_left.1 a.
have column_largest b : column_sum W b <= column_sum W j.
  have := least_leaves column_least q''_left.2 b; rewrite /row_sum /column_sum.
  by under eq_bigr do rewrite mxE; under [X in _ <= X]eq_bigr do rewrite mxE.
have row_entry b : W i b <= W i j'.
  by have := least_leaves row_next q'_left.2 b; rewrite /residual_sum q'_left.1 !big_set1.
have column_entry a : W a j <= W i' j.
  by have := least_leaves column_next q''_left.1 a; rewrite /residual_sum q''_left.2 !big_set1 !mxE.
move: le_rows le_columns; rewrite (entry_cost q'_left) (entry_cost q''_left) (entry_cost p_left).
pose x := Num.max (W i j') (W i' j) => le_rows le_columns.
have swap a b : (a <= total - b) = (b <= total - a) by rewrite !ler_subr_addr addrC.
have q_le : z <= total - x by rewrite swap le_maxl -!(swap (z)) le_rows.
have row_x b : W i b <= x by rewrite le_maxr row_entry.
have column_x a : W a j <= x by rewrite le_maxr column_entry orbT.
apply: (@le_trans _ _ ((total - x) *+ (2 * m - 3))); first by rewrite ler_wmuln2r.
have total_ge : x <= total.
  rewrite le_maxl -subr_ge0 -(entry_cost q'_left) -[X in _ && X]subr_ge0 -(entry_cost q''_left).
  by apply/andP; split; apply: cost_ge0.
have easy : W k l <= x -> (total - x) *+ (2 * m - 3) <= (total - W k l) *+ (3 * m - 5).
  move=> le; apply: (@le_trans _ _ ((total - W k l) *+ (2 * m - 3))); first by rewrite ler_wmuln2r // ler_add2l ler_opp2.
  by apply: ler_wpmuln2l; [rewrite subr_ge0 (le_trans le) | lia].
have [eq_i|neq_i] := eqVneq i k; first by apply: easy; rewrite -eq_i; exact: row_x.
have [eq_j|neq_j] := eqVneq j l; first by apply: easy; rewrite -eq_j; exact: column_x.
have wide := two_rows_column j neq_i.
have column_ge : W k l + W i l <= W k j + x *+ m.-1.
  apply: (@le_trans _ _ (column_sum W l)); first exact: (two_entries_column l neq_i).
  apply: (@le_trans _ _ (column_sum W j)); first exact: (column_largest l).
  exact: (column_most k column_x).
have enough : W k l + W k l + W k l + W k j + W i l - x <= total.
  apply: (three_lines wide (row_x j) (column_largest l)) (row_largest k) _; first exact: two_entries_column.
  exact: two_entries_row.
have := @arithmetic total (W k l) (W k j) (W i l) x (m - 2)%:R _ (W_ge0 _ _) (W_ge0 _ _) enough.
have [-> -> m_ge2 m_pred] := entry_counts m_ge3.
rewrite -[X in _ -> X <= _]mulr_natl -[X in _ -> _ <= X]mulr_natl !natrD.
apply; first by rewrite ler1n.
rewrite ler_subl_addr mulr_natl -mulrSr m_pred.
by rewrite addrC in column_ge *; rewrite [X in _ <= X]addrC.
Qed.

End OneEntry.

(* T4: the better of both orders costs at most (3 m - 5) / (2 m - 3) times the optimum, and likewise with n. *)
Theorem better_one_entry (R : realDomainType) m n r c (W : 'M[R]_(m, n)) (p q q' q'' : pruning m n) :
  nonneg W -> m = r.+1 -> n = c.+1 -> rows_first W q'.1 q'.2 -> columns_first W q''.1 q''.2 ->
  cost_of W q <= cost_of W q' -> cost_of W q <= cost_of W q'' ->
  shape_of q' = (r, c) -> shape_of q'' = (r, c) -> shape_of p = (r, c) ->
  ((3 <= m)%N -> cost_of W q *+ (2 * m - 3) <= cost_of W p *+ (3 * m - 5)) /\
  ((3 <= n)%N -> cost_of W q *+ (2 * n - 3) <= cost_of W p *+ (3 * n - 5)).
Proof.
move=> W_ge0 m_eq n_eq rows columns le_rows le_columns [rowsA rowsB] [columnsA columnsB] [pA pB].
have [i i_left] := one_left m_eq rowsA; have [j' j'_left] := one_left n_eq rowsB.
have [i' i'_left] := one_left m_eq columnsA; have [j j_left] := one_left n_eq columnsB.
have [k k_left] := one_left m_eq pA; have [l l_left] := one_left n_eq pB.
split=> [m_ge3|n_ge3].
  by apply: (entry_ratio W_ge0 m_ge3 rows columns (i := i) (j' := j') (i' := i') (j := j) (k := k) (l := l)).
have tr_ge0 : nonneg W^T by move=> a b; rewrite mxE.
have cost_swap (s : pruning m n) : cost_of W s = cost_of W^T (s.2, s.1) by rewrite /cost_of cost_tr.
rewrite (cost_swap p); apply: (@entry_ratio _ _ _ W^T tr_ge0 (p.2, p.1) (q''.2, q''.1) (q'.2, q'.1) j i j' i' l k) => //=.
- by rewrite /columns_first trmxK.
- by rewrite -cost_swap.
- by rewrite -cost_swap.
Qed.
