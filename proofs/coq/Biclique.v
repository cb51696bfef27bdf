(* BALANCED BICLIQUE reduces to pruning: theorem T6, by shape and by target, as src/reductions/biclique.ts does it.

   A, B, across          the two sides of a bipartite graph, and which pairs across are edges
   crossings             the edges, as pairs
   has_biclique k        some k nodes of either side, all pairs across adjacent
   meeting t             rows: A, then t rows of padding; columns: B. An entry is 1 iff its pair is an edge or padding
   biclique_padding k    the t that makes k + t the least prime above |A| and |B|
   biclique_to_shape R across k, biclique_to_target R across k
                         the pruning questions, sources that are decided at sight included

   The size bound is that of Clique.v: 8 x^2 here, 2 x by Bertrand's postulate in biclique.ts. *)

From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import zify.
From RCPrune Require Import Problem Blocks Clique.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.

Section Biclique.

Variables (A B : finType) (across : A -> B -> bool).
Implicit Types (S : {set A}) (T : {set B}).

Definition crossings : {set A * B} := [set e | across e.1 e.2].

Definition biclique S T : Prop := forall a b, a \in S -> b \in T -> across a b.

Definition has_biclique k : Prop := exists S T, [/\ #|S| = k, #|T| = k & biclique S T].

Definition meeting t (i : 'I_(#|A| + t)) (j : 'I_#|B|) : bool :=
  match split i with
  | inl a => across (enum_val a) (enum_val j)
  | inr _ => true
  end.

Lemma meeting_node t a j : meeting (lshift t a) j = across (enum_val a) (enum_val j).
Proof. by rewrite /meeting; case: split_ordP => i /eqP; rewrite ?eq_shift // => /eqP <-. Qed.

Lemma meeting_padding t (i : 'I_t) j : meeting (rshift #|A| i) j.
Proof. by rewrite /meeting; case: split_ordP => i' /eqP; rewrite ?eq_shift. Qed.

(* Any k of the nodes whose rows a block has. *)
Theorem biclique_block k t p : p = k + t -> has_block (@meeting t) p k <-> has_biclique k.
Proof.
move=> ->; split=> [[I [J [cardI cardJ all_ones]]]|[S [T [cardS cardT joined]]]].
  have enough : k <= #|[set i | lshift t i \in I]|.
    have padding_le : #|[set i : 'I_t | rshift #|A| i \in I]| <= t by rewrite -[leqRHS]card_ord max_card.
    by rewrite -(leq_add2r t) -cardI card_padded leq_add2l.
  have [I' cardI' I'_sub] : exists2 I' : {set 'I_#|A|}, #|I'| = k & I' \subset [set i | lshift t i \in I].
    have : 0 < #|[set I' : {set 'I_#|A|} | I' \subset [set i | lshift t i \in I] & #|I'| == k]|.
      by rewrite cards_draws bin_gt0.
    by case/card_gt0P=> I'; rewrite inE => /andP[I'_sub /eqP cardI']; exists I'.
  exists [set enum_val i | i in I'], [set enum_val j | j in J].
  split; [by rewrite card_imset // => x y; apply: enum_val_inj
         |by rewrite card_imset // => x y; apply: enum_val_inj|].
  move=> _ _ /imsetP[i i_in ->] /imsetP[j j_in ->]; rewrite -(meeting_node t).
  by apply: all_ones => //; have := subsetP I'_sub _ i_in; rewrite inE.
pose row (i : 'I_(#|A| + t)) := if split i is inl a then enum_val a \in S else true.
have row_node a : row (lshift t a) = (enum_val a \in S).
  by rewrite /row; case: split_ordP => i /eqP; rewrite ?eq_shift // => /eqP <-.
have row_padding (i : 'I_t) : row (rshift #|A| i).
  by rewrite /row; case: split_ordP => i' /eqP; rewrite ?eq_shift.
exists [set i | row i], [set j : 'I_#|B| | enum_val j \in T]; split.
- rewrite card_padded -cardS -[in RHS](card_ord t); congr (_ + _).
    rewrite -[RHS](card_imset (mem S) enum_rank_inj); apply: eq_card => i.
    by rewrite -[i in RHS]enum_valK mem_imset ?inE ?row_node //; exact: enum_rank_inj.
  by apply: eq_card => i; rewrite !inE row_padding.
- rewrite -cardT -[RHS](card_imset (mem T) enum_rank_inj); apply: eq_card => j.
  by rewrite -[j in RHS]enum_valK mem_imset ?inE //; exact: enum_rank_inj.
by move=> i j; rewrite !inE /row /meeting; case: split => // a; apply: joined.
Qed.

Section Questions.

Variable R : realDomainType.

Theorem biclique_shape k :
  k <= #|A| -> k <= #|B| -> yes (keep_block R (@meeting 0) k k) <-> has_biclique k.
Proof. by move=> k_A k_B; rewrite keep_block_yes ?addn0 //; apply: biclique_block; rewrite addn0. Qed.

(* Keep at most p k entries, where p = k + t is prime and above |A| and |B|. *)
Theorem biclique_area k t p :
  0 < k <= #|B| -> p = k + t -> prime p -> #|A| < p -> #|B| < p ->
  yes (keep_area R (@meeting t) p k) <-> has_biclique k.
Proof.
by move=> k_range p_eq p_prime A_lt B_lt; rewrite keep_area_yes //; [exact: biclique_block | lia].
Qed.

Definition biclique_padding k := next_prime (maxn #|A| #|B|) - k.

Definition biclique_at_sight g0 g1 k (q : question R) :=
  if (#|A| < k) || (#|B| < k) || (#|crossings| < k * k) then NO R g0 else if k < 2 then YES R g1 else q.

Definition biclique_to_shape k := biclique_at_sight (Shape 1 0) (Shape 0 0) k (keep_block R (@meeting 0) k k).

Definition biclique_to_target k :=
  biclique_at_sight (Target 1) (Target 0) k
    (keep_area R (@meeting (biclique_padding k)) (next_prime (maxn #|A| #|B|)) k).

Lemma biclique_size k : has_biclique k -> [/\ k <= #|A|, k <= #|B| & k * k <= #|crossings|].
Proof.
case=> S [T [cardS cardT joined]]; rewrite -[X in X <= #|A|]cardS -[X in X <= #|B|]cardT !max_card; split=> //.
rewrite -{1}cardS -{1}cardT -cardsX; apply/subset_leq_card/subsetP=> -[a b].
by rewrite in_setX inE => /andP[]; apply: joined.
Qed.

Lemma small_biclique k : k < 2 -> k * k <= #|crossings| -> has_biclique k.
Proof.
case: k => [|[|//]] _ enough; first by exists set0, set0; rewrite !cards0; split=> // a b; rewrite inE.
have /card_gt0P[[a b]] := enough; rewrite inE /= => ab; exists [set a], [set b]; rewrite !cards1; split=> // x y.
by rewrite !inE => /eqP -> /eqP ->.
Qed.

Lemma biclique_at_sight_yes g0 g1 k q :
  ~ yes (NO R g0) -> yes (YES R g1) ->
  (2 <= k -> k <= #|A| -> k <= #|B| -> yes q <-> has_biclique k) ->
  yes (biclique_at_sight g0 g1 k q) <-> has_biclique k.
Proof.
move=> is_no is_yes otherwise; rewrite /biclique_at_sight -orbA; case: ifP => [too_small|].
  by split=> [/is_no//|/biclique_size[k_A k_B enough]]; move: too_small; rewrite !ltnNge k_A k_B enough.
move=> /negbT; rewrite !negb_or -!leqNgt => /and3P[k_A k_B enough]; case: ltnP => k_ge2.
  by split=> // _; apply: small_biclique.
exact: otherwise.
Qed.

(* T6: a balanced biclique of size k exists iff the answer to the pruning question is yes. *)
Theorem biclique_to_shape_yes k : yes (biclique_to_shape k) <-> has_biclique k.
Proof.
by apply: biclique_at_sight_yes => *; [apply: NO_shape | apply: YES_shape | apply: biclique_shape].
Qed.

Theorem biclique_to_target_yes k : yes (biclique_to_target k) <-> has_biclique k.
Proof.
apply: biclique_at_sight_yes => [||k_ge2 k_A k_B]; [exact: NO_target | exact: YES_target |].
have [] := next_primeP (maxn #|A| #|B|); rewrite gtn_max => /andP[A_lt B_lt] p_prime.
apply: biclique_area => //; first by rewrite k_B ltnW.
by rewrite /biclique_padding subnKC // (leq_trans k_A) // ltnW.
Qed.

(* The matrices are of polynomial size. *)
Theorem biclique_shape_entries k : entries (biclique_to_shape k) <= maxn 1 (#|A| * #|B|).
Proof.
rewrite /biclique_to_shape /biclique_at_sight; do 2?[case: ifP => _; first by rewrite leq_maxl].
by rewrite /entries /= addn0 leq_maxr.
Qed.

Theorem biclique_target_entries k :
  entries (biclique_to_target k) <= maxn 1 ((#|A| + 8 * maxn #|A| #|B| ^ 2) * #|B|).
Proof.
rewrite /biclique_to_target /biclique_at_sight -orbA; case: ifP => [_|]; first by rewrite leq_maxl.
move=> /negbT; rewrite !negb_or -!leqNgt => /and3P[k_A k_B _]; case: ltnP => k_ge2; first by rewrite leq_maxl.
apply: leq_trans (leq_maxr _ _); rewrite /entries /= leq_mul // leq_add2l /biclique_padding.
by apply: leq_trans (leq_subr _ _) _; rewrite next_prime_le // leq_max (leq_trans _ k_A) // ltnW.
Qed.

End Questions.

End Biclique.
