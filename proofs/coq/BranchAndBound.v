(* The branch-and-bound tree checker is sound: theorem T10.

   w i j                 the importances, as a function of numbers, so that the checker runs on lists
   matrix_of m n w       the same as a matrix: what the statements are about
   tree X                a proof: a leaf holds a witness of type X, a branch names a row and has a subtree for the row
                         kept and one for it dropped
   rest m K D            the rows that are neither kept (K) nor dropped (D) yet
   consistent K D p      p keeps the rows K and drops the rows D
   check_tree leaf m t K D   every branch names an undecided row, every leaf passes the test leaf x K D
   split_node w T n a b K U
                         an upper bound on the weight of any a x b block that has the rows K and otherwise rows of U:
                         the split bound of w - T and T with K fixed; T = w gives the column bound (column_node)
   split_leaf            closes a leaf with too many kept or dropped rows, or that cannot cost less than the value
   certificate           a shape, its tree
   check_target          all trees pass, and every shape that meets the target contains one of the shapes with a tree
   table_bound           a layer's bound on what is kept, improved where a tree of the table passes; with the knapsack
                         of Bounds.v the checker of a network

   The checker is a program on lists and needs no bigop or finite type to run; see the example at the end. *)

From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import zify.
From RCPrune Require Import Problem Shapes Bounds.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Inductive tree (X : Type) : Type :=
| Leaf of X
| Branch of nat & tree X & tree X.

Definition matrix_of (R : realDomainType) m n (w : nat -> nat -> R) : 'M[R]_(m, n) := \matrix_(i, j) w i j.

Section Tree.

Variables (X : Type) (leaf : X -> seq nat -> seq nat -> bool) (m : nat).
Implicit Types (t : tree X) (K D : seq nat).

Fixpoint check_tree t K D : bool :=
  match t with
  | Leaf x => leaf x K D
  | Branch i keep drop =>
      [&& (i < m)%N, i \notin K, i \notin D, check_tree keep (i :: K) D & check_tree drop K (i :: D)]
  end.

Definition rest K D : seq nat := [seq i <- iota 0 m | (i \notin K) && (i \notin D)].

(* Rows as numbers. *)
Definition numbers k (S : {set 'I_k}) : seq nat := [seq val i | i <- enum S].

Lemma mem_numbers k (S : {set 'I_k}) (i : 'I_k) : (val i \in numbers S) = (i \in S).
Proof. by rewrite mem_map ?mem_enum //; apply: val_inj. Qed.

(* The lists of a path: different rows, that exist. *)
Definition path_rows K D := uniq (K ++ D) && all (fun i => i < m)%N (K ++ D).

Definition consistent n K D (p : pruning m n) :=
  {subset K <= numbers (~: p.1)} /\ {subset D <= numbers p.1}.

Lemma path_rows_keep i K D :
  (i < m)%N -> i \notin K -> i \notin D -> path_rows K D -> path_rows (i :: K) D.
Proof. by move=> i_lt iK iD /andP[KD_uniq KD_lt]; rewrite /path_rows /= mem_cat (negPf iK) (negPf iD) KD_uniq i_lt. Qed.

Lemma path_rows_drop i K D :
  (i < m)%N -> i \notin K -> i \notin D -> path_rows K D -> path_rows K (i :: D).
Proof.
move=> i_lt iK iD /andP[KD_uniq KD_lt]; apply/andP; split.
  by rewrite uniq_catC /= mem_cat (negPf iK) (negPf iD) uniq_catC.
by move: KD_lt; rewrite !all_cat /= i_lt.
Qed.

(* T10 for any leaf test: if passing it means that no pruning with the properties of interest on that side of the tree
   costs less than the value, then a checked tree means so for all of them. *)
Theorem check_tree_sound n (claim : pruning m n -> Prop) t K D :
  (forall x K D, path_rows K D -> leaf x K D -> forall p, consistent K D p -> claim p) ->
  path_rows K D -> check_tree t K D -> forall p, consistent K D p -> claim p.
Proof.
move=> leaf_sound; elim: t K D => [x|i keep IHkeep drop IHdrop] K D KD /=; first exact: leaf_sound.
case/and5P => i_lt iK iD check_keep check_drop p [K_kept D_dropped].
have [i_dropped|i_kept] := boolP (Ordinal i_lt \in p.1).
  apply: IHdrop (path_rows_drop i_lt iK iD KD) check_drop _ _; split=> // k; rewrite inE => /predU1P[->|/D_dropped //].
  by rewrite (mem_numbers _ (Ordinal i_lt)).
apply: IHkeep (path_rows_keep i_lt iK iD KD) check_keep _ _; split=> // k; rewrite inE => /predU1P[->|/K_kept //].
by rewrite (mem_numbers _ (Ordinal i_lt)) inE.
Qed.

(* The rows that a consistent pruning keeps are K and some of the rest. *)
Lemma big_numbers (S : Type) (idx : S) (op : Monoid.com_law idx) k (I : {set 'I_k}) (F : nat -> S) :
  \big[op/idx]_(i in I) F i = \big[op/idx]_(i <- iota 0 k | i \in numbers I) F i.
Proof.
have -> : iota 0 k = index_iota 0 k by rewrite /index_iota subn0.
by rewrite big_mkord; apply: eq_bigl => i; rewrite mem_numbers.
Qed.

Lemma big_rest (S : Type) (idx : S) (op : Monoid.com_law idx) n K D (p : pruning m n) (F : nat -> S) :
  path_rows K D -> consistent K D p ->
  \big[op/idx]_(i in ~: p.1) F i =
  op (\big[op/idx]_(i <- K) F i) (\big[op/idx]_(i <- rest K D | i \in numbers (~: p.1)) F i).
Proof.
move=> /andP[KD_uniq KD_lt] [K_kept D_dropped]; rewrite big_numbers (bigID (mem K)) /=; congr (op _ _).
  rewrite -big_filter; apply: perm_big; apply: uniq_perm; first by rewrite filter_uniq ?iota_uniq.
    by move: KD_uniq; rewrite cat_uniq => /andP[].
  move=> i; rewrite mem_filter /= mem_iota add0n; case iK: (i \in K); rewrite ?andbF //.
  by rewrite (K_kept i iK); move: KD_lt; rewrite all_cat => /andP[/allP/(_ i iK)].
rewrite big_filter_cond; apply: eq_bigl => i; rewrite andbC.
case iI: (i \in numbers (~: p.1)); rewrite ?andbF // !andbT.
suff -> : i \notin D by rewrite andbT.
apply/negP => /D_dropped iA; case/mapP: iI => i' i'_in eq_i; move: iA i'_in.
by rewrite eq_i mem_numbers mem_enum inE => ->.
Qed.

Lemma count_rest n K D (p : pruning m n) : path_rows K D -> consistent K D p ->
  #|~: p.1| = (size K + count (fun i => i \in numbers (~: p.1)) (rest K D))%N.
Proof.
move=> KD cons; rewrite -sum1_card (big_rest _ (fun=> 1%N) KD cons) sum1_count.
by rewrite big_const_seq count_predT iter_addn_0 mul1n.
Qed.

End Tree.

(* Sums and tops as programs. *)
Section Programs.

Variable R : realDomainType.
Implicit Types (s : seq R) (w T : nat -> nat -> R) (K D U : seq nat).

Definition add_all s : R := foldr +%R 0 s.

Definition add_top k s : R := add_all (take k (sort >=%R s)).

Lemma add_allE s : add_all s = \sum_(x <- s) x.
Proof. by elim: s => [|x s IHs] /=; rewrite ?big_nil // big_cons IHs. Qed.

Lemma add_topE k s : add_top k s = top k s.
Proof. exact: add_allE. Qed.

Definition add_over (I : seq nat) (f : nat -> R) : R := add_all [seq f i | i <- I].

Lemma add_overE I f : add_over I f = \sum_(i <- I) f i.
Proof. by rewrite /add_over add_allE big_map. Qed.

(* The split bound with the rows K kept and a - |K| more of the rows U. *)
Definition split_node w T n a b K U : R :=
  let k := (a - size K)%N in
  let row i := add_top b [seq w i j - T i j | j <- iota 0 n] in
  let column j := add_over K (T^~ j) + add_top k [seq T i j | i <- U] in
  add_over K row + add_top k [seq row i | i <- U] + add_top b [seq column j | j <- iota 0 n].

Definition column_node w n a b K U : R :=
  add_top b [seq add_over K (w^~ j) + add_top (a - size K) [seq w i j | i <- U] | j <- iota 0 n].

Variables (m n : nat) (w : nat -> nat -> R).
Implicit Types p : pruning m n.

Let W := matrix_of m n w.

Lemma kept_numbers p : kept W p.1 p.2 = \sum_(i in ~: p.1) \sum_(j <- iota 0 n | j \in numbers (~: p.2)) w i j.
Proof.
rewrite kept_weight; apply: eq_bigr => i _; rewrite -big_numbers; apply: eq_bigr => j _; exact: mxE.
Qed.

Lemma top_rest K D (p : pruning m n) (f : nat -> R) : path_rows m K D -> consistent K D p ->
  \sum_(i <- rest m K D | i \in numbers (~: p.1)) f i <= add_top (#|~: p.1| - size K) [seq f i | i <- rest m K D].
Proof. by move=> KD cons; rewrite (count_rest KD cons) addKn add_topE; apply: top_sum. Qed.

Lemma top_columns p (f : nat -> R) :
  \sum_(j <- iota 0 n | j \in numbers (~: p.2)) f j <= add_top #|~: p.2| [seq f j | j <- iota 0 n].
Proof.
rewrite add_topE; suff -> : #|~: p.2| = count (fun j => j \in numbers (~: p.2)) (iota 0 n) by apply: top_sum.
by rewrite -sum1_card -sum1_count (big_numbers _ (~: p.2) (fun=> 1%N)).
Qed.

(* No consistent pruning of the shape keeps more than the bound of its node. *)
Theorem split_node_sound T K D (p : pruning m n) : path_rows m K D -> consistent K D p ->
  kept W p.1 p.2 <= split_node w T n #|~: p.1| #|~: p.2| K (rest m K D).
Proof.
move=> KD cons; rewrite kept_numbers /split_node add_overE.
set row := fun i : nat => add_top _ [seq _ - _ | j <- _].
have -> : \sum_(i in ~: p.1) \sum_(j <- iota 0 n | j \in numbers (~: p.2)) w i j =
    \sum_(i in ~: p.1) \sum_(j <- iota 0 n | j \in numbers (~: p.2)) (w i j - T i j) +
    \sum_(j <- iota 0 n | j \in numbers (~: p.2)) \sum_(i in ~: p.1) T i j.
  rewrite [X in _ = _ + X]exchange_big -big_split; apply: eq_bigr => i _.
  by rewrite /= -big_split; apply: eq_bigr => j _; rewrite /= subrK.
apply: ler_add.
  apply: le_trans (_ : \sum_(i in ~: p.1) row i <= _); first by apply: ler_sum => i _; apply: top_columns.
  by rewrite (big_rest _ row KD cons) ler_add2l top_rest.
apply: le_trans (top_columns p _); apply: ler_sum => j _.
by rewrite add_overE (big_rest _ (T^~ j) KD cons) ler_add2l top_rest.
Qed.

Theorem column_node_sound K D (p : pruning m n) : path_rows m K D -> consistent K D p ->
  kept W p.1 p.2 <= column_node w n #|~: p.1| #|~: p.2| K (rest m K D).
Proof.
move=> KD cons; rewrite kept_numbers exchange_big /=; apply: le_trans (top_columns p _); apply: ler_sum => j _.
by rewrite add_overE (big_rest _ (w^~ j) KD cons) ler_add2l top_rest.
Qed.

Definition total : R := add_over (iota 0 m) (fun i => add_over (iota 0 n) (w i)).

Lemma totalE : total = \sum_i \sum_j W i j.
Proof.
have iota_ord k (f : nat -> R) : \sum_(i <- iota 0 k) f i = \sum_(i < k) f i.
  by rewrite -(big_mkord xpredT f) /index_iota subn0.
rewrite /total add_overE iota_ord; apply: eq_bigr => i _; rewrite add_overE iota_ord.
by apply: eq_bigr => j _; rewrite mxE.
Qed.

(* The leaf test; the witness of a leaf is its split T. *)
Definition split_leaf (all_importance value : R) a b T K D : bool :=
  [|| (a < size K)%N, (m - a < size D)%N | value <= all_importance - split_node w T n a b K (rest m K D)].

Lemma split_leaf_sound value a b T K D : path_rows m K D -> split_leaf total value a b T K D ->
  forall p, consistent K D p -> #|~: p.1| = a -> #|~: p.2| = b -> value <= cost_of W p.
Proof.
move=> KD leaf_ok p cons card_a card_b; case/or3P: leaf_ok => [K_big|D_big|value_le].
- by move: K_big; rewrite -card_a (count_rest KD cons) ltnNge leq_addr.
- have D_le : (size D <= #|p.1|)%N.
    rewrite cardE -(size_map val); apply: uniq_leq_size; last by have [] := cons.
    by move: KD => /andP[]; rewrite cat_uniq => /and3P[].
  have card_A := cardsC p.1; rewrite card_ord card_a in card_A.
  by exfalso; move: (#|p.1|) D_le card_A D_big => r; lia.
apply: le_trans value_le _; rewrite ler_subl_addr totalE -(cost_kept W p.1 p.2) ler_add2l.
by rewrite -card_a -card_b split_node_sound.
Qed.

(* A shape is (removed rows, removed columns). *)
Definition certificate : Type := (nat * nat) * tree (nat -> nat -> R).

Definition check_shape (all_importance value : R) (c : certificate) : bool :=
  [&& (c.1.1 <= m)%N, (c.1.2 <= n)%N &
      check_tree (split_leaf all_importance value (m - c.1.1) (n - c.1.2)) m c.2 [::] [::]].

(* T10, one shape: no pruning of the shape costs less than the value. *)
Theorem check_shape_sound value c p : check_shape total value c -> shape_of p = c.1 -> value <= cost_of W p.
Proof.
case/and3P => r_le c_le check_c shape_p; have := shape_p; case: (c.1) r_le c_le check_c shape_p => r' c'.
move=> /= r_le c_le check_c _ [card_r card_c].
have none : consistent [::] [::] p by split.
pose claim q := #|~: q.1| = (m - r')%N -> #|~: q.2| = (n - c')%N -> value <= cost_of W q.
have claim_leaf T K D : path_rows m K D -> split_leaf total value (m - r') (n - c') T K D ->
  forall q, consistent K D q -> claim q by apply: split_leaf_sound.
apply: (check_tree_sound claim_leaf _ check_c none) => //.
  by have := cardsC p.1; rewrite card_ord card_r => /(canRL (addKn _)) ->.
by have := cardsC p.2; rewrite card_ord card_c => /(canRL (addKn _)) ->.
Qed.

Definition check_target (P : pred (nat * nat)) (certificates : seq certificate) (value : R) : bool :=
  let all_importance := total in
  all (check_shape all_importance value) certificates &&
  all (fun s : nat * nat => P s ==> has (fun c => (c.1.1 <= s.1) && (c.1.2 <= s.2))%N certificates) (shapes m n).

Lemma all_has (X : Type) (a b : pred X) (s : seq X) : all a s -> has b s -> exists2 x, a x & b x.
Proof.
by elim: s => //= x s IHs /andP[ax a_s] /orP[bx|/(IHs a_s)//]; exists x.
Qed.

(* T10, all shapes: no pruning that meets the target costs less than the value. *)
Theorem check_target_sound P certificates value p : nonneg W ->
  check_target P certificates value -> P (shape_of p) -> value <= cost_of W p.
Proof.
move=> W_ge0 /andP[check_all /allP covered] Pp.
have [c check_c /andP[r_le c_le]] := all_has check_all (implyP (covered _ (shape_of_mem p)) Pp).
have [A A_sub card_A] := subset_of_size r_le; have [B B_sub card_B] := subset_of_size c_le.
apply: le_trans (cost_mono W_ge0 A_sub B_sub).
by apply: (@check_shape_sound _ c (A, B) check_c); rewrite /shape_of card_A card_B -surjective_pairing.
Qed.

(* So a pruning whose own cost passes is optimal. *)
Corollary check_target_optimal P certificates q : nonneg W ->
  check_target P certificates (cost_of W q) -> forall p, P (shape_of p) -> cost_of W q <= cost_of W p.
Proof. by move=> W_ge0 check_q p; apply: check_target_sound check_q. Qed.

(* A table of values, each claimed for a shape and proved by a tree, on top of any sound bound. *)
Definition table_bound (table : seq (certificate * R)) (bound : nat -> nat -> R) : nat -> nat -> R := fun a b =>
  foldr (fun c x => if (c.1.1 == (m - a, n - b)%N) && check_shape total c.2 c.1 then Num.min (total - c.2) x else x)
    (bound a b) table.

Theorem table_sound table bound : sound W bound -> sound W (table_bound table bound).
Proof.
move=> sound_b p; rewrite /table_bound; elim: table => [|[c value] table IHt] /=; first exact: sound_b.
case: ifP => // /andP[/eqP shape_c check_c]; rewrite le_minr IHt andbT.
have shape_p : shape_of p = c.1.
  rewrite shape_c /shape_of; congr (_, _); apply/esym.
    by have := cardsC p.1; rewrite card_ord => /(canRL (addnK _)) ->.
  by have := cardsC p.2; rewrite card_ord => /(canRL (addnK _)) ->.
by rewrite ler_subr_addl totalE -(cost_kept W p.1 p.2) ler_add2r; apply: check_shape_sound check_c shape_p.
Qed.

End Programs.

(* T10, several layers: tables proved by trees, and the exact knapsack over them. *)
Theorem network_tables_sound (R : realDomainType) (L : nat) (m n : 'I_L -> nat) (w : 'I_L -> nat -> nat -> R)
    (u : 'I_L -> nat) (allowed : 'I_L -> pred (nat * nat)) (table : 'I_L -> seq (certificate R * R))
    (bound : 'I_L -> nat -> nat -> R) (target : nat) (p : forall l, pruning (m l) (n l)) :
  let W l := matrix_of (m l) (n l) (w l) in
  let menus := network_menus m n u allowed (fun l => table_bound (m l) (n l) (w l) (table l) (bound l)) in
  (forall l, sound (W l) (bound l)) -> (forall l, allowed l (kept_shape l p)) -> (target <= removed_units u p)%N ->
  importance W - knapsack_bound menus (total_units m n u - target) <= cost_total W p.
Proof.
move=> W menus sound_b p_allowed /target_budget p_le; apply: network_cost_knapsack => // l.
exact: table_sound (sound_b l).
Qed.

(* The checker runs: on the matrix of the header of Tightness.v, ten times as large and with e = 1/10, nothing removes 5
   of the 9 entries at a cost below 10, by three shapes and one branch; the same trees do not prove 11. *)
Section Example.

Let w (i j : nat) : int := nth 0 (nth [::] [:: [:: 10; 0; 0]; [:: 0; 0; 9]; [:: 0; 9; 30]] i) j.

Let by_rows : tree (nat -> nat -> int) := Leaf (fun _ _ => 0).

Let by_columns : tree (nat -> nat -> int) := Leaf w.

Let certificates : seq (certificate _) :=
  [:: (1, 1, Branch 0 by_columns by_rows); (2, 0, by_rows); (0, 2, by_columns)]%N.

Example check_runs : check_target 3 3 w (reaches 3 3 1 5 0 0) certificates 10 = true.
Proof. by vm_compute. Qed.

Example check_refuses : check_target 3 3 w (reaches 3 3 1 5 0 0) certificates 11 = false.
Proof. by vm_compute. Qed.

End Example.
