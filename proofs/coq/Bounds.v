(* Upper bounds on what any pruning keeps: theorem T5.

   top k s               the sum of the k largest numbers of the list s: sort descending, take k, add
   sound W bound         no pruning that leaves a rows and b columns of W keeps more than bound a b
   row_bound W a b       top a of the rows' top b;  column_bound W a b: the same on the transpose
   split_bound W T a b   row_bound of W - T plus column_bound of T, for any matrix T
   nonempty bound a b    bound a b, but 0 when a or b is 0
   maximum s             the largest number of the list s (0 if there is none)
   choices menus         all lists that take one element of every menu
   menu                  (units, value) pairs, one for every allowed shape of a layer
   knapsack_bound menus K   the largest total value of a choice of at most K units
   price_bound menus K v    v K + the sum of every menu's maximum of value - v units

   The bounds need no sign: W may be any matrix over an ordered domain. *)

From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import zify.
From RCPrune Require Import Problem Shapes.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Top.

Variable R : realDomainType.
Implicit Types (s t : seq R) (k : nat).

Definition top k s := \sum_(x <- take k (sort >=%R s)) x.

(* On a descending list, no part of it adds up to more than its beginning of the same length. *)
Lemma sum_take_sorted s t t' :
  sorted >=%R s -> perm_eq s (t ++ t') -> \sum_(x <- t) x <= \sum_(x <- take (size t) s) x.
Proof.
elim: s t t' => [|x s IHs] [|y t] t' s_sorted s_perm; rewrite ?take0 ?big_nil //.
  by have := perm_size s_perm.
have x_max z : z \in x :: s -> z <= x.
  move: s_sorted; rewrite /= path_sortedE; last by move=> ? ? ? /[swap]; apply: le_trans.
  by case/andP => /allP x_max _; rewrite inE => /predU1P[->//|/x_max].
have s_sorted' : sorted >=%R s by apply: path_sorted s_sorted.
have [x_in|x_notin] := boolP (x \in y :: t).
  rewrite (perm_big _ (perm_to_rem x_in)) /= !big_cons ler_add2l.
  have size_rem' : size (rem x (y :: t)) = size t by rewrite size_rem.
  rewrite -size_rem'; apply: (IHs _ t') => //.
  rewrite -(perm_cons x); apply: perm_trans s_perm _.
  by rewrite -cat_cons perm_cat2r perm_to_rem.
have x_in' : x \in t'.
  by have := mem_head x s; rewrite (perm_mem s_perm) mem_cat (negPf x_notin).
rewrite /= !big_cons; apply: ler_add; first by rewrite x_max // (perm_mem s_perm) mem_cat mem_head.
apply: (IHs _ (y :: rem x t')) => //; rewrite -(perm_cons x); apply: perm_trans s_perm _.
have /permP perm_t' := perm_to_rem x_in'.
by apply/permP => a; rewrite /= !count_cat perm_t' /=; lia.
Qed.

Lemma ge_total : total (>=%R : rel R).
Proof. by move=> x y; apply: le_total. Qed.

Lemma top_perm s t t' : perm_eq s (t ++ t') -> \sum_(x <- t) x <= top (size t) s.
Proof.
move=> s_perm; apply: (@sum_take_sorted _ _ t'); first exact: sort_sorted ge_total s.
by rewrite perm_sort.
Qed.

(* No part of a list adds up to more than its top. *)
Lemma top_sum (T : eqType) (f : T -> R) (s : seq T) (S : pred T) :
  \sum_(x <- s | S x) f x <= top (count S s) [seq f x | x <- s].
Proof.
rewrite -big_filter -(big_map f xpredT id) -size_filter -(size_map f).
apply: (@top_perm _ _ [seq f x | x <- [seq x <- s | predC S x]]).
by rewrite -map_cat perm_map // perm_sym (permEl (perm_filterC _ _)).
Qed.

Lemma top_set_in (T : finType) (f : T -> R) (S U : {set T}) :
  S \subset U -> \sum_(x in S) f x <= top #|S| [seq f x | x <- enum U].
Proof.
move=> /subsetP S_sub; have eq_S x : (x \in S) = (x \in U) && (x \in S).
  by have := S_sub x; case: (x \in S) => [->|]; rewrite ?andbF.
have -> : \sum_(x in S) f x = \sum_(x <- enum U | x \in S) f x by rewrite big_enum_cond; apply: eq_bigl.
suff <- : count (mem S) (enum U) = #|S| by apply: top_sum.
by rewrite -sum1_count -sum1_card big_enum_cond [RHS](eq_bigl _ _ eq_S).
Qed.

Lemma top_set (T : finType) (f : T -> R) (S : {set T}) : \sum_(x in S) f x <= top #|S| [seq f x | x <- enum T].
Proof.
have <- : enum [set: T] = enum T by apply: eq_enum => x; rewrite inE.
exact/top_set_in/subsetT.
Qed.

Lemma top0 k s : {in s, forall x, x = 0} -> top k s = 0.
Proof.
move=> s0; rewrite /top big1_seq // => x /andP[_ /mem_take]; rewrite mem_sort; exact: s0.
Qed.

End Top.

Section RowsColumns.

Variable R : realDomainType.

Definition row_bound m n (W : 'M[R]_(m, n)) a b : R :=
  top a [seq top b [seq W i j | j <- enum 'I_n] | i <- enum 'I_m].

Definition column_bound m n (W : 'M[R]_(m, n)) a b : R := row_bound W^T b a.

Definition split_bound m n (W T : 'M[R]_(m, n)) a b : R := row_bound (W - T) a b + column_bound T a b.

Definition sound m n (W : 'M[R]_(m, n)) (bound : nat -> nat -> R) :=
  forall p : pruning m n, kept W p.1 p.2 <= bound #|~: p.1| #|~: p.2|.

Definition nonempty (bound : nat -> nat -> R) a b : R := if (a * b == 0)%N then 0 else bound a b.

Lemma weight_row_bound m n (W : 'M[R]_(m, n)) (I : {set 'I_m}) (J : {set 'I_n}) : weight W I J <= row_bound W #|I| #|J|.
Proof.
apply: le_trans (top_set (fun i => top #|J| [seq W i j | j <- enum 'I_n]) I).
by apply: ler_sum => i _; apply: top_set.
Qed.

Variables (m n : nat).
Implicit Types (W T : 'M[R]_(m, n)).

Lemma weight_column_bound W (I : {set 'I_m}) (J : {set 'I_n}) : weight W I J <= column_bound W #|I| #|J|.
Proof.
suff -> : weight W I J = weight W^T J I by apply: weight_row_bound.
by rewrite weight_swap; do 2!apply: eq_bigr => ? _; rewrite mxE.
Qed.

Lemma weight_split_bound W T (I : {set 'I_m}) (J : {set 'I_n}) : weight W I J <= split_bound W T #|I| #|J|.
Proof.
suff -> : weight W I J = weight (W - T) I J + weight T I J by rewrite ler_add ?weight_row_bound ?weight_column_bound.
rewrite -big_split /=; apply: eq_bigr => i _.
by rewrite -big_split /=; apply: eq_bigr => j _; rewrite !mxE subrK.
Qed.

(* T5, rows. *)
Theorem row_bound_sound W : sound W (row_bound W).
Proof. by move=> p; rewrite kept_weight weight_row_bound. Qed.

(* T5, columns. *)
Theorem column_bound_sound W : sound W (column_bound W).
Proof. by move=> p; rewrite kept_weight weight_column_bound. Qed.

(* T5, split: for any matrix T, so for one that an optimiser returns. *)
Theorem split_bound_sound W T : sound W (split_bound W T).
Proof. by move=> p; rewrite kept_weight weight_split_bound. Qed.

(* Where nothing is kept the bound may be 0; the least of sound bounds is sound. *)
Lemma nonempty_sound W bound : sound W bound -> sound W (nonempty bound).
Proof.
move=> sound_b p; rewrite /nonempty; case: eqP => // /eqP; rewrite muln_eq0 !cards_eq0 kept_weight /weight.
case/orP => /eqP ->; first by rewrite big_set0.
by rewrite big1 // => i _; rewrite big_set0.
Qed.

Lemma min_sound W bound bound' :
  sound W bound -> sound W bound' -> sound W (fun a b => Num.min (bound a b) (bound' a b)).
Proof. by move=> sound_b sound_b' p; rewrite le_minr sound_b sound_b'. Qed.

(* The split bound contains both others. *)
Lemma row_bound0 a b : row_bound (0 : 'M[R]_(m, n)) a b = 0.
Proof.
apply: top0 => x /mapP[i _ ->]; apply: top0 => y /mapP[j _ ->]; exact: mxE.
Qed.

End RowsColumns.

Lemma split_bound_rows (R : realDomainType) m n (W : 'M[R]_(m, n)) a b : split_bound W 0 a b = row_bound W a b.
Proof. by rewrite /split_bound /column_bound trmx0 row_bound0 subr0 addr0. Qed.

Lemma split_bound_columns (R : realDomainType) m n (W : 'M[R]_(m, n)) a b : split_bound W W a b = column_bound W a b.
Proof. by rewrite /split_bound subrr row_bound0 add0r. Qed.

Section Maximum.

Variable R : realDomainType.
Implicit Types (s : seq R).

Definition maximum s : R := if s is x :: s' then foldr Num.max x s' else 0.

Lemma maximum_ge s x : x \in s -> x <= maximum s.
Proof.
case: s => // y s /=; elim: s y x => [|z s IHs] y x /=; first by rewrite inE => /eqP ->.
rewrite !inE le_maxr => /or3P[x_in|/eqP ->|x_in]; rewrite ?lexx //.
  by rewrite (IHs y) ?orbT // inE x_in.
by rewrite (IHs y) ?orbT // inE x_in orbT.
Qed.

Lemma maximum_in s : s != [::] -> maximum s \in s.
Proof.
case: s => // y s _ /=; elim: s => [|z s IHs] /=; first exact: mem_head.
by move: IHs; rewrite maxElt !inE; case: ifP => _; rewrite ?eqxx ?orbT //; case/orP => ->; rewrite ?orbT.
Qed.

End Maximum.

Section Menus.

Variable R : realDomainType.
Implicit Types (menu c : seq (nat * R)) (menus : seq (seq (nat * R))) (K : nat) (v : R).

Fixpoint choices menus : seq (seq (nat * R)) :=
  if menus is menu :: rest then [seq x :: c | x <- menu, c <- choices rest] else [:: [::]].

Definition units c : nat := \sum_(x <- c) x.1.

Definition value c : R := \sum_(x <- c) x.2.

Definition knapsack_bound menus K : R := maximum [seq value c | c <- choices menus & (units c <= K)%N].

Definition price_bound menus K v : R := v *+ K + \sum_(menu <- menus) maximum [seq x.2 - v *+ x.1 | x <- menu].

Lemma value_price menus c v : c \in choices menus ->
  value c <= v *+ units c + \sum_(menu <- menus) maximum [seq x.2 - v *+ x.1 | x <- menu].
Proof.
elim: menus c => [|menu menus IHm] c /=.
  by rewrite inE => /eqP ->; rewrite /value /units !big_nil mulr0n addr0.
case/allpairsP => -[x c'] /= [x_in c'_in ->]; rewrite /value /units !big_cons mulrnDr.
rewrite addrACA ler_add ?IHm // -ler_subl_addl maximum_ge //.
exact: map_f (fun x : nat * R => x.2 - v *+ x.1) _ _ x_in.
Qed.

Lemma knapsack_ge menus c K : c \in choices menus -> (units c <= K)%N -> value c <= knapsack_bound menus K.
Proof. by move=> c_in c_le; rewrite maximum_ge // map_f // mem_filter c_le. Qed.

Lemma price_ge menus c K v : 0 <= v -> c \in choices menus -> (units c <= K)%N -> value c <= price_bound menus K v.
Proof.
move=> v_ge0 c_in c_le; apply: le_trans (value_price v c_in) _.
by rewrite ler_add2r -[leRHS](subrK (v *+ units c)) ler_addr -mulrnBr // mulrn_wge0.
Qed.

(* The exact knapsack is at least as strong as any price. *)
Theorem knapsack_le_price menus K v : 0 <= v -> has (fun c => units c <= K)%N (choices menus) ->
  knapsack_bound menus K <= price_bound menus K v.
Proof.
move=> v_ge0 feasible_K; rewrite /knapsack_bound.
set s := map _ _; have /maximum_in/mapP[c] : s != [::].
  by rewrite -size_eq0 size_map size_filter -lt0n -has_count.
by rewrite mem_filter => /andP[c_le c_in] ->; apply: price_ge.
Qed.

End Menus.

Section Network.

Variables (R : realDomainType) (L : nat) (m n : 'I_L -> nat) (W : forall l, 'M[R]_(m l, n l)).
Variables (u : 'I_L -> nat) (allowed : forall l : 'I_L, pred (nat * nat)) (bound : 'I_L -> nat -> nat -> R).
Implicit Types (p : forall l, pruning (m l) (n l)) (K : nat) (v : R).

(* A network pruning is one pruning a layer; shapes count what is kept here. *)
Definition kept_shape l p : nat * nat := (#|~: (p l).1|, #|~: (p l).2|).

Definition kept_units p : nat := \sum_l u l * ((kept_shape l p).1 * (kept_shape l p).2).

Definition kept_total p : R := \sum_l kept (W l) (p l).1 (p l).2.

Definition layer_menu l : seq (nat * R) :=
  [seq ((u l * (s.1 * s.2))%N, bound l s.1 s.2) | s <- shapes (m l) (n l) & allowed l s].

Definition network_menus := [seq layer_menu l | l <- enum 'I_L].

Let choice p := [seq ((u l * ((kept_shape l p).1 * (kept_shape l p).2))%N,
                      bound l (kept_shape l p).1 (kept_shape l p).2) | l <- enum 'I_L].

Lemma choice_in p : (forall l, allowed l (kept_shape l p)) -> choice p \in choices network_menus.
Proof.
move=> p_allowed; rewrite /choice /network_menus; elim: (enum _) => [|l s IHs] /=; first exact: mem_head.
apply/allpairsP; exists ((u l * ((kept_shape l p).1 * (kept_shape l p).2))%N,
  bound l (kept_shape l p).1 (kept_shape l p).2, [seq ((u l * ((kept_shape l p).1 * (kept_shape l p).2))%N,
  bound l (kept_shape l p).1 (kept_shape l p).2) | l <- s]); split=> //=.
apply: (map_f (fun s => ((u l * (s.1 * s.2))%N, bound l s.1 s.2)) (x := kept_shape l p)).
rewrite mem_filter p_allowed mem_shapes /=.
by apply/andP; split; apply: leq_trans (max_card _) _; rewrite card_ord.
Qed.

Hypothesis bound_sound : forall l, sound (W l) (bound l).

Lemma choice_value p : kept_total p <= value (choice p).
Proof. by rewrite /value /choice big_map big_enum /=; apply: ler_sum => l _; apply: bound_sound. Qed.

Lemma choice_units p : units (choice p) = kept_units p.
Proof. by rewrite /units /choice big_map big_enum. Qed.

(* T5, network: one price a unit. *)
Theorem network_price_sound K v p : 0 <= v -> (forall l, allowed l (kept_shape l p)) -> (kept_units p <= K)%N ->
  kept_total p <= price_bound network_menus K v.
Proof.
move=> v_ge0 /choice_in p_in p_le; apply: le_trans (choice_value p) _.
by apply: price_ge => //; rewrite choice_units.
Qed.

(* T5, network: the exact knapsack. *)
Theorem network_knapsack_sound K p : (forall l, allowed l (kept_shape l p)) -> (kept_units p <= K)%N ->
  kept_total p <= knapsack_bound network_menus K.
Proof.
move=> /choice_in p_in p_le; apply: le_trans (choice_value p) _.
by apply: knapsack_ge => //; rewrite choice_units.
Qed.

(* Either bound on what is kept is a bound on the cost: what is not kept is removed. *)
Definition cost_total p : R := \sum_l cost (W l) (p l).1 (p l).2.

Definition importance : R := \sum_l \sum_i \sum_j W l i j.

Lemma cost_kept_total p : cost_total p + kept_total p = importance.
Proof. by rewrite -big_split; apply: eq_bigr => l _; rewrite /= cost_kept. Qed.

Theorem network_cost_bound K p v : 0 <= v -> (forall l, allowed l (kept_shape l p)) -> (kept_units p <= K)%N ->
  importance - price_bound network_menus K v <= cost_total p.
Proof.
move=> v_ge0 p_allowed p_le; rewrite -(cost_kept_total p) -addrA ger_addl subr_le0.
exact: network_price_sound.
Qed.

Theorem network_cost_knapsack K p : (forall l, allowed l (kept_shape l p)) -> (kept_units p <= K)%N ->
  importance - knapsack_bound network_menus K <= cost_total p.
Proof.
move=> p_allowed p_le; rewrite -(cost_kept_total p) -addrA ger_addl subr_le0.
exact: network_knapsack_sound.
Qed.

(* The budget is the target: at most K = units - target kept units are at least target removed ones. *)
Definition total_units : nat := \sum_l u l * (m l * n l).

Definition removed_units p : nat := \sum_l u l * #|removed (p l).1 (p l).2|.

Lemma kept_removed_units p : (kept_units p + removed_units p = total_units)%N.
Proof.
rewrite /kept_units /removed_units -big_split; apply: eq_bigr => l _ /=; rewrite -mulnDr; congr (_ * _)%N.
rewrite card_removed; have := cardsC (p l).1; have := cardsC (p l).2; rewrite !card_ord.
exact: kept_removed_count.
Qed.

Corollary target_budget target p : (target <= removed_units p)%N -> (kept_units p <= total_units - target)%N.
Proof. by have := kept_removed_units p; lia. Qed.

End Network.
