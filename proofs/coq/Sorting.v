(* Lines of least sum by sorting: a program for what T1 and T2 call a least set.

   ranking f       all of a finite type, ascending in f, ties in the order of the type (the sort is stable)
   smallest f k    the first k of them, as a set *)

From mathcomp Require Import all_ssreflect all_algebra.
From RCPrune Require Import Problem.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Sorting.

Variables (R : realDomainType) (T : finType) (f : T -> R).
Implicit Types S : {set T}.

Definition ascending : rel T := fun x y => f x <= f y.

Definition ranking : seq T := sort ascending (enum T).

Definition smallest k : {set T} := [set x in take k ranking].

Lemma ascending_total : total ascending.
Proof. by move=> x y; apply: le_total. Qed.

Lemma ascending_trans : transitive ascending.
Proof. by move=> y x z; apply: le_trans. Qed.

Lemma ranking_uniq : uniq ranking.
Proof. by rewrite sort_uniq enum_uniq. Qed.

Lemma mem_ranking x : x \in ranking.
Proof. by rewrite mem_sort mem_enum. Qed.

Lemma size_ranking : size ranking = #|T|.
Proof. by rewrite size_sort -cardE. Qed.

Lemma card_smallest k : (k <= #|T|)%N -> #|smallest k| = k.
Proof.
move=> k_le; rewrite cardsE; rewrite (card_uniqP (take_uniq k ranking_uniq)).
by rewrite size_take size_ranking; case: ltngtP k_le.
Qed.

(* Whatever is outside the first k is no smaller than what is inside. *)
Lemma smallest_le k x y : x \in smallest k -> y \notin smallest k -> f x <= f y.
Proof.
rewrite !inE => x_in y_notin.
have y_in : y \in drop k ranking.
  by have := mem_ranking y; rewrite -{1}(cat_take_drop k ranking) mem_cat (negPf y_notin).
have := sort_sorted ascending_total (enum T); rewrite -/ranking -{1}(cat_take_drop k ranking).
rewrite (sorted_pairwise ascending_trans) pairwise_cat => /and3P[/allrelP le_all _ _].
exact: le_all.
Qed.

(* Sums over disjoint sets of one size compare as their elements do. *)
Lemma sum_le (S S' : {set T}) :
  #|S| = #|S'| -> (forall x y, x \in S -> y \in S' -> f x <= f y) ->
  \sum_(x in S) f x <= \sum_(y in S') f y.
Proof.
move=> card_eq le_all; have [S0|[x0 x0_in]] := set_0Vmem S.
  have /eqP := card_eq; rewrite S0 cards0 eq_sym cards_eq0 => /eqP ->.
  by rewrite !big_set0.
case: (@arg_maxP _ _ _ x0 (mem S) f x0_in) => x x_in x_max.
apply: le_trans (_ : f x *+ #|S| <= _); first by rewrite -sumr_const ler_sum.
by rewrite card_eq -sumr_const ler_sum // => y; apply: le_all.
Qed.

(* Sorting gives a least set. *)
Theorem smallest_least k : least f (smallest k).
Proof.
move=> S' card_eq; rewrite (big_setID S') [leRHS](big_setID (smallest k)) /= setIC ler_add2l.
apply: sum_le.
  have := cardsID S' (smallest k); have := cardsID (smallest k) S'.
  by rewrite setIC -card_eq => <- /eqP; rewrite eqn_add2l => /eqP.
by move=> x y; rewrite !in_setD => /andP[_ x_in] /andP[y_notin _]; apply: smallest_le x_in y_notin.
Qed.

End Sorting.
