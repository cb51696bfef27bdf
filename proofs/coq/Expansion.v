(* Small sets and cheap prunings: theorem T11, both directions as inequalities, as src/reductions/expansion.ts has them.

   a                  adjacency: a symmetric irreflexive relation on the lines 0 .. n-1, every line with d neighbours;
                      its matrix [ones R a] is any symmetric 0/1 matrix with zero diagonal and equal row sums d
   inner U i          the neighbours of i in U
   e A B              the sum of the matrix over rows A and columns B; [e S S] counts every edge inside S twice
   target n k         n^2 - (n - k)^2, what k rows and k columns remove
   small_sets a k q   every set of k lines has e S S <= q
   peeled k A B S     S is k of the lines of A and B, with the share k (k - 1) / (u (u - 1)) of e A B inside, u = #|A :|: B|
   answers W g p r A B
                      (A, B) meets the goal g at no more than p/r times the cost of any pruning that does: what an
                      algorithm of factor p/r returns

   The Small Set Expansion hypothesis is nowhere in this file. It says that sets with e S S >= (1 - eta) d k are hard to
   tell from small_sets a k (eta d k). With it the last theorem says that no polynomial algorithm has a factor below 2. *)

From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import zify.
From RCPrune Require Import Problem Blocks.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.

Definition target n k := n * n - (n - k) * (n - k).

Section Peeling.

Variables (n : nat) (a : rel 'I_n).
Hypotheses (a_sym : symmetric a) (a_irr : irreflexive a).
Implicit Types (A B S U : {set 'I_n}) (i j v : 'I_n).

Definition inner U i : nat := \sum_(j in U) a i j.

Definition e A B : nat := \sum_(i in A) inner B i.

Lemma e_sub A B U : A \subset U -> B \subset U -> e A B <= e U U.
Proof.
move=> A_sub B_sub; apply: (@leq_trans (e A U)).
  apply: leq_sum => i _; rewrite /inner [leqRHS](big_setID B) /= (setIidPr B_sub); exact: leq_addr.
by rewrite /e [leqRHS](big_setID A) /= (setIidPr A_sub) leq_addr.
Qed.

(* A line with fewest neighbours in U has at most the mean. *)
Lemma weakest U : U != set0 -> exists2 v, v \in U & #|U| * inner U v <= e U U.
Proof.
case/set0Pn=> u u_in; case: (arg_minnP (inner U) u_in) => v v_in least.
exists v => //; rewrite -sum_nat_const; exact: leq_sum.
Qed.

(* Without v, both its row and its column are gone. *)
Lemma e_remove U v : v \in U -> e U U = e (U :\ v) (U :\ v) + (inner U v).*2.
Proof.
move=> v_in; rewrite /e (big_setD1 v) //=.
have -> : \sum_(i in U :\ v) inner U i = \sum_(i in U :\ v) inner (U :\ v) i + \sum_(i in U :\ v) a i v.
  by rewrite -big_split; apply: eq_bigr => i _; rewrite /inner (big_setD1 v) //= addnC.
have -> : \sum_(i in U :\ v) a i v = inner U v.
  by rewrite /inner [in RHS](big_setD1 v) //= a_irr add0n; apply: eq_bigr => i _; rewrite a_sym.
by rewrite -addnn addnCA addnA.
Qed.

Lemma peel_step U : U != set0 -> exists2 v, v \in U & e U U * (#|U| - 2) <= e (U :\ v) (U :\ v) * #|U|.
Proof.
case/weakest=> v v_in mean; exists v => //.
by move: mean; rewrite (e_remove v_in); move: (inner U v) (e (U :\ v) _) #|U| => x y u; nia.
Qed.

(* Taking the weakest line away until k are left keeps a share k (k - 1) / (u (u - 1)) at least. *)
Theorem peeling k U : 2 <= k <= #|U| ->
  exists S, [/\ S \subset U, #|S| = k & e U U * (k * k.-1) <= e S S * (#|U| * #|U|.-1)].
Proof.
case/andP=> k_ge2; move: {2}(#|U| - k) (erefl (#|U| - k)) => t.
elim: t U => [|t IH] U t_eq k_le.
  have u_eq : #|U| = k by apply/eqP; rewrite eqn_leq k_le -subn_eq0 t_eq.
  by exists U; rewrite u_eq.
have [|v v_in step] := @peel_step U; first by rewrite -card_gt0 (leq_trans _ k_le) // ltnW.
have u_eq : #|U| = #|U :\ v|.+1 by rewrite (cardsD1 v) v_in.
have [||S [S_sub S_card S_share]] := IH (U :\ v).
- by move: t_eq; rewrite u_eq; lia.
- by move: t_eq; rewrite u_eq; lia.
exists S; split=> //; first exact: subset_trans S_sub (subD1set _ _).
move: step S_share t_eq; rewrite u_eq; move: (e U U) (e (U :\ v) _) (e S S) #|U :\ v| => x y z u /=.
case: u => [|u] /=; first by lia.
rewrite subn2 /= => step share t_eq; have u_gt0 : 0 < u by lia.
rewrite -(leq_pmul2r u_gt0).
have le1 : x * u * (k * k.-1) <= y * u.+2 * (k * k.-1) by apply: leq_mul.
have le2 : y * (k * k.-1) * u.+2 <= z * (u.+1 * u) * u.+2 by apply: leq_mul.
apply: leq_trans (_ : y * u.+2 * (k * k.-1) <= _); first by rewrite mulnAC.
by rewrite mulnAC (leq_trans le2) //; apply/eq_leq; rewrite -!mulnA; congr (_ * _); ring.
Qed.

(* Of a set of at most c k lines, what is left has one in C of what was inside. *)
Lemma share_left k c C U S :
  2 <= k -> e U U * (k * k.-1) <= e S S * (#|U| * #|U|.-1) -> #|U| <= c * k -> c * (c * k).-1 <= C * k.-1 ->
  e U U <= C * e S S.
Proof.
move=> k_ge2 share u_le C_large; have kk_gt0 : 0 < k * k.-1 by rewrite muln_gt0; lia.
rewrite -(leq_pmul2r kk_gt0); apply: leq_trans share _.
apply: (@leq_trans (e S S * (c * k * (c * k).-1))); first by rewrite leq_mul // leq_mul //; lia.
have -> : e S S * (c * k * (c * k).-1) = e S S * k * (c * (c * k).-1) by ring.
have -> : C * e S S * (k * k.-1) = e S S * k * (C * k.-1) by ring.
by rewrite leq_mul.
Qed.

End Peeling.

(* Which shapes reach the target: the larger side has k lines at least, both sides together nearly 2 k. *)
Lemma target_shapes n k r c : k <= n -> r <= n -> c <= n -> (n - r) * (n - c) <= (n - k) * (n - k) ->
  (k <= maxn r c) /\ (2 * n - k) * k <= n * (r + c).
Proof.
move=> k_le r_le c_le; rewrite leq_max -(subnK k_le) -(subnK r_le) -(subnK c_le).
move: (n - k) (n - r) (n - c) => x y z; nia.
Qed.

Definition small_sets n (a : rel 'I_n) k q := forall S : {set 'I_n}, #|S| = k -> e a S S <= q.

Section Gap.

Variables (R : realDomainType) (n : nat) (a : rel 'I_n) (d : nat).
Hypotheses (a_sym : symmetric a) (a_irr : irreflexive a) (regular : forall i, #|[set j | a i j]| = d).
Implicit Types (A B S : {set 'I_n}) (k q y p r : nat).

Local Notation W := (ones R a).

Lemma inner_le A i : inner a A i <= d.
Proof.
rewrite /inner -(regular i) -sum1_card [leqLHS]big_mkcond [leqRHS]big_mkcond; apply: leq_sum => j _; rewrite inE.
by case: (j \in A); case: (a i j).
Qed.

Lemma e_weight A B : weight W A B = (e a A B)%:R%R.
Proof. by rewrite /weight /e natr_sum; apply: eq_bigr => i _; rewrite natr_sum; apply: eq_bigr => j _; rewrite mxE. Qed.

Lemma e_swap A B : e a A B = e a B A.
Proof. by rewrite /e /inner exchange_big; apply: eq_bigr => i _; apply: eq_bigr => j _; rewrite a_sym. Qed.

Lemma e_le A B : e a A B <= d * minn #|A| #|B|.
Proof.
have le A' B' : e a A' B' <= d * #|A'| by rewrite mulnC -sum_nat_const; apply: leq_sum => i _; apply: inner_le.
by rewrite minnMr leq_min le e_swap le.
Qed.

Lemma row_sum_d i : row_sum W i = d%:R%R.
Proof. by rewrite /row_sum -(regular i) -sum1_card natr_sum [RHS]big_mkcond; apply: eq_bigr => j _; rewrite mxE inE; case: (a i j). Qed.

Lemma column_sum_d j : column_sum W j = d%:R%R.
Proof. by rewrite -(row_sum_d j); apply: eq_bigr => i _; rewrite !mxE a_sym. Qed.

(* cost(A, B) = d (|A| + |B|) - e(A, B) *)
Theorem regular_cost A B : cost W A B = (d * (#|A| + #|B|) - e a A B)%:R%R.
Proof.
have le : e a A B <= d * (#|A| + #|B|).
  by apply: leq_trans (e_le A B) _; rewrite leq_mul2l; apply/orP; right; lia.
apply: (addIr (weight W A B)); rewrite -surrogate_cost /surrogate e_weight natrB // subrK.
under eq_bigr do rewrite row_sum_d.
under [X in (_ + X)%R]eq_bigr do rewrite column_sum_d.
by rewrite !sumr_const -!mulrnA -mulrnDr mulnDr.
Qed.

(* Completeness: k lines with many edges inside are a pruning that removes exactly the target, cheaply. *)
Theorem small_set_cost S : cost W S S = (2 * d * #|S| - e a S S)%:R%R.
Proof. by rewrite regular_cost; congr (_ - _)%:R%R; ring. Qed.

Theorem small_set_target S : #|removed S S| = target n #|S|.
Proof. by have := removed_kept S S; rewrite card_setC /target => <-; rewrite addnK. Qed.

(* What is removed by target bounds what is kept. *)
Lemma meets_kept k A B : target n k <= #|removed A B| -> (n - #|A|) * (n - #|B|) <= (n - k) * (n - k).
Proof.
have le : (n - k) * (n - k) <= n * n by apply: leq_mul; apply: leq_subr.
by have := removed_kept A B; rewrite !card_setC /target; lia.
Qed.

(* What is left of both sides together when they are peeled: the set that mapWitnessBack returns, with its bound. *)
Definition peeled k A B S : Prop :=
  [/\ S \subset A :|: B, #|S| = k & e a A B * (k * k.-1) <= e a S S * (#|A :|: B| * #|A :|: B|.-1)].

Lemma peeled_union k c C A B :
  2 <= k <= #|A :|: B| -> c * (c * k).-1 <= C * k.-1 ->
  exists S, peeled k A B S /\ (#|A :|: B| <= c * k -> e a A B <= C * e a S S).
Proof.
move=> k_range C_large; have [S [S_sub S_card share]] := peeling a_sym a_irr k_range.
have inside := e_sub a (subsetUl A B) (subsetUr A B); have /andP[k_ge2 _] := k_range.
exists S; split=> [|u_le]; first by split=> //; apply: leq_trans share; rewrite leq_mul.
exact: leq_trans inside (share_left k_ge2 share u_le C_large).
Qed.

(* Back, with a target: a pruning of cost c gives k lines with ((2 - k/n) d k - c) / 32 inside at least. *)
Theorem expansion_target_back k A B :
  2 <= k <= n -> target n k <= #|removed A B| ->
  exists S, peeled k A B S /\ (((2 * n - k) * d * k)%:R <= n%:R * (cost W A B + (32 * e a S S)%:R))%R.
Proof.
move=> /andP[k_ge2 k_le] /meets_kept kept_le.
have card_le A' : #|A'| <= n by rewrite -[leqRHS]card_ord max_card.
have [k_max sides] := target_shapes k_le (card_le A) (card_le B) kept_le.
have U_ge : k <= #|A :|: B|.
  by apply: leq_trans k_max _; rewrite geq_max !subset_leq_card ?subsetUl ?subsetUr.
have [||S [S_peeled e_few]] := @peeled_union k 4 32 A B; [by rewrite k_ge2 | lia |].
exists S; split=> //; rewrite regular_cost -natrD -natrM ler_nat.
have [few|many] := leqP (#|A| + #|B|) (4 * k); last first.
  move: many (e_le A B); move: (e a A B) #|A| #|B| => x r c many x_le.
  have two_x : 2 * x <= d * (r + c) by apply: leq_trans (leq_mul (leqnn 2) x_le) _; rewrite mulnCA leq_mul //; lia.
  have dear : d * (4 * k) <= d * (r + c) by rewrite leq_mul // ltnW.
  apply: (@leq_trans (n * (2 * (d * k)))).
    have -> : n * (2 * (d * k)) = 2 * n * d * k by ring.
    by rewrite !leq_mul ?leq_subr.
  by rewrite leq_mul //; lia.
have {}e_few : e a A B <= 32 * e a S S by apply: e_few; apply: leq_trans few; rewrite cardsU leq_subr.
move: sides e_few; move: (e a A B) (e a S S) #|A| #|B| => x z r c sides e_few.
apply: (@leq_trans (n * (d * (r + c)))); last by rewrite leq_mul //; lia.
move: (2 * n - k) sides => m sides.
have -> : m * d * k = d * (m * k) by ring.
by rewrite [leqRHS]mulnCA leq_mul.
Qed.

(* Back, by shape: a pruning of cost c gives k lines with (2 d k - c) / 6 inside at least. *)
Theorem expansion_shape_back k A B :
  2 <= k -> #|A| = k -> #|B| = k ->
  exists S, peeled k A B S /\ ((2 * d * k)%:R <= cost W A B + (6 * e a S S)%:R)%R.
Proof.
move=> k_ge2 A_card B_card; have U_ge : k <= #|A :|: B| by rewrite -{1}A_card subset_leq_card ?subsetUl.
have [||S [S_peeled e_few]] := @peeled_union k 2 6 A B; [by rewrite k_ge2 | lia |].
exists S; split=> //; rewrite regular_cost A_card B_card -natrD ler_nat.
have {}e_few : e a A B <= 6 * e a S S.
  by apply: e_few; rewrite cardsU A_card B_card addnn mul2n leq_subr.
by move: e_few; lia.
Qed.

(* Soundness: where no k lines have more than q inside, no pruning costs less than (2 - k/n) d k - 32 q with the target ... *)
Theorem expansion_target_gap k q A B :
  2 <= k <= n -> small_sets a k q -> target n k <= #|removed A B| ->
  (((2 * n - k) * d * k)%:R <= n%:R * (cost W A B + (32 * q)%:R))%R.
Proof.
move=> k_range small meets; have [S [[_ S_card _] /le_trans le]] := expansion_target_back k_range meets.
by apply: le; rewrite ler_wpmul2l ?ler0n // ler_add2l ler_nat leq_mul // small.
Qed.

(* ... and none of k rows and k columns less than 2 d k - 6 q. *)
Theorem expansion_shape_gap k q A B :
  2 <= k -> small_sets a k q -> #|A| = k -> #|B| = k -> ((2 * d * k)%:R <= cost W A B + (6 * q)%:R)%R.
Proof.
move=> k_ge2 small A_card B_card; have [S [[_ S_card _] /le_trans le]] := expansion_shape_back k_ge2 A_card B_card.
by apply: le; rewrite ler_add2l ler_nat leq_mul // small.
Qed.

Definition answers (g : goal) p r A B : Prop :=
  meets_goal g A B /\ forall A' B', meets_goal g A' B' -> (r%:R * cost W A B <= p%:R * cost W A' B')%R.

(* Whoever prunes within p/r decides: with k lines that have y inside the answer is cheap, and with q inside at most it is
   not, wherever p (2 d k - y) < r ((2 - k/n) d k - 32 q). *)
Theorem expansion_target_decides k q y p r A B :
  2 <= k <= n -> answers (Target (target n k)) p r A B ->
  p * n * (2 * d * k - y) + r * n * (32 * q) < r * ((2 * n - k) * d * k) ->
  ((exists2 S : {set 'I_n}, #|S| = k & (y <= e a S S)%N) -> r%:R * cost W A B <= (p * (2 * d * k - y))%:R)%R /\
  (small_sets a k q -> (p * (2 * d * k - y))%:R < r%:R * cost W A B)%R.
Proof.
move=> k_range [meets best] gap; split=> [[S S_card S_inside]|small].
  apply: le_trans (best S S _) _; first by rewrite /= small_set_target S_card.
  by rewrite small_set_cost S_card natrM ler_wpmul2l ?ler0n // ler_nat leq_sub2l.
have := expansion_target_gap k_range small meets.
rewrite regular_cost -natrD -!natrM ler_nat ltr_nat; have /andP[k_ge2 k_le] := k_range.
have n_gt0 : 0 < n by apply: leq_trans k_le; apply: leq_trans k_ge2.
move=> low; rewrite -(ltn_pmul2l n_gt0); move: (leq_mul (leqnn r) low) gap.
move: (_ - e a A B) (2 * d * k - y) ((2 * n - k) * d * k) => x z w; nia.
Qed.

Theorem expansion_shape_decides k q y p r A B :
  2 <= k -> answers (Shape k k) p r A B ->
  p * (2 * d * k - y) + r * (6 * q) < r * (2 * d * k) ->
  ((exists2 S : {set 'I_n}, #|S| = k & (y <= e a S S)%N) -> r%:R * cost W A B <= (p * (2 * d * k - y))%:R)%R /\
  (small_sets a k q -> (p * (2 * d * k - y))%:R < r%:R * cost W A B)%R.
Proof.
move=> k_ge2 [[A_card B_card] best] gap; split=> [[S S_card S_inside]|small].
  apply: le_trans (best S S _) _; first by [].
  by rewrite small_set_cost S_card natrM ler_wpmul2l ?ler0n // ler_nat leq_sub2l.
have := expansion_shape_gap k_ge2 small A_card B_card.
rewrite regular_cost -natrD -!natrM ler_nat ltr_nat => low.
move: (leq_mul (leqnn r) low) gap; move: (_ - e a A B) (2 * d * k - y) (2 * d * k) => x z w; nia.
Qed.

End Gap.
