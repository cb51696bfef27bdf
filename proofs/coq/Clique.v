(* CLIQUE reduces to pruning: theorem T6, by fixed shape and by target, as src/reductions/clique.ts does it.

   graph                 a finite type of vertices and an adjacency that is symmetric and irreflexive
   edges G               the sets {u, v} of adjacent vertices
   has_clique G k        some k vertices are pairwise adjacent
   avoids G t            rows: the vertices, then t rows of padding; columns: the edges.
                         An entry is 1 unless its row is an endpoint of its edge; padding is all ones
   next_prime x          the least prime above x
   padding G k           the t that makes |V| - k + t the least prime above |V| and |E|
   clique_to_shape R G k, clique_to_target R G k
                         the pruning questions, sources that are decided at sight included

   The matrix is of polynomial size, because the least prime above x >= 1 is at most 8 x^2 (Primes.v). Bertrand's postulate says
   2 x; MathComp does not have it, so the tighter bound is stated in clique.ts and tested there. The reductions hold for
   every prime above |V| and |E|, by [clique_area]. *)

From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import zify.
From RCPrune Require Import Problem Blocks Primes.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.

Record graph := Graph {
  vertex :> finType;
  adjacent : rel vertex;
  adjacent_sym : symmetric adjacent;
  adjacent_irr : irreflexive adjacent
}.

Section Clique.

Variable G : graph.
Implicit Types (u v : G) (e S X : {set G}).

Definition edges : {set {set G}} := [set e | [exists u, [exists v, adjacent u v && (e == [set u; v])]]].

Definition clique S : Prop := forall u v, u \in S -> v \in S -> u != v -> adjacent u v.

Definition has_clique k : Prop := exists S, #|S| = k /\ clique S.

Lemma edgesP e : reflect (exists u v, adjacent u v /\ e = [set u; v]) (e \in edges).
Proof.
rewrite inE; apply: (iffP existsP) => [[u /existsP[v /andP[uv /eqP ->]]]|[u [v [uv ->]]]]; first by exists u, v.
by exists u; apply/existsP; exists v; rewrite uv eqxx.
Qed.

Lemma card_edge e : e \in edges -> #|e| = 2.
Proof.
case/edgesP=> u [v [uv ->]]; rewrite cards2.
by case: eqP uv => // ->; rewrite adjacent_irr.
Qed.

Lemma mem_edges u v : ([set u; v] \in edges) = adjacent u v.
Proof.
apply/edgesP/idP => [[x [y [xy eq_e]]]|uv]; last by exists u, v.
have xy_neq : x != y by apply: contraTneq xy => ->; rewrite adjacent_irr.
have u_in : u \in [set x; y] by rewrite -eq_e set21.
have v_in : v \in [set x; y] by rewrite -eq_e set22.
have uv_neq : u != v.
  by have := cards2 u v; rewrite eq_e cards2 xy_neq; case: (u != v).
move: u_in v_in uv_neq; rewrite !inE => /orP[]/eqP -> /orP[]/eqP ->; rewrite ?eqxx // => _.
by rewrite adjacent_sym.
Qed.

(* The pairs of a set of vertices, and those of them that are edges. *)
Definition pairs S : {set {set G}} := [set e : {set G} | e \subset S & #|e| == 2].

Definition inner S : {set {set G}} := [set e in edges | e \subset S].

Lemma inner_pairs S : inner S \subset pairs S.
Proof. by apply/subsetP=> e; rewrite !inE => /andP[e_in ->]; rewrite card_edge ?inE. Qed.

(* A set of vertices is a clique iff all its pairs are edges. *)
Lemma clique_pairs S : clique S <-> inner S = pairs S.
Proof.
split=> [is_clique|all_edges].
  apply/eqP; rewrite eqEsubset inner_pairs; apply/subsetP=> e.
  rewrite [in X in X -> _]inE => /andP[e_sub /cards2P[u [v [uv e_eq]]]].
  rewrite inE e_sub e_eq mem_edges andbT; move: e_sub; rewrite e_eq subUset !sub1set => /andP[u_in v_in].
  exact: is_clique.
move=> u v u_in v_in uv; have : [set u; v] \in pairs S by rewrite inE cards2 uv subUset !sub1set u_in v_in.
by rewrite -all_edges inE mem_edges => /andP[].
Qed.

(* At most k vertices with at least C(k, 2) edges are a k-clique. *)
Lemma dense_clique k X : 2 <= k -> #|X| <= k -> 'C(k, 2) <= #|inner X| -> #|X| = k /\ clique X.
Proof.
move=> k_ge2 X_le dense; have := subset_leq_card (inner_pairs X); rewrite cards_draws => inner_le.
have X_eq : #|X| = k by move: (leq_trans dense inner_le) X_le; rewrite !bin2; nia.
split=> //; apply/clique_pairs/eqP; rewrite eqEcard inner_pairs cards_draws X_eq //.
Qed.

Definition avoids t (i : 'I_(#|G| + t)) (j : 'I_#|edges|) : bool :=
  match split i with
  | inl v => enum_val v \notin enum_val j
  | inr _ => true
  end.

Lemma avoids_vertex t v j : avoids (lshift t (enum_rank v)) j = (v \notin enum_val j).
Proof. by rewrite /avoids; case: split_ordP => i /eqP; rewrite ?eq_shift // => /eqP <-; rewrite enum_rankK. Qed.

(* The rows that are no vertices of S. *)
Definition outside t S (i : 'I_(#|G| + t)) : bool :=
  match split i with
  | inl v => enum_val v \notin S
  | inr _ => true
  end.

Lemma outside_vertex t S i : outside S (lshift t i) = (enum_val i \notin S).
Proof. by rewrite /outside; case: split_ordP => i' /eqP; rewrite ?eq_shift // => /eqP <-. Qed.

Lemma outside_padding t S (i : 'I_t) : outside S (rshift #|G| i).
Proof. by rewrite /outside; case: split_ordP => i' /eqP; rewrite ?eq_shift. Qed.

(* The vertices whose rows a block does not have are a clique, and a clique's edges avoid the others. *)
Theorem clique_block k t a :
  2 <= k <= #|G| -> a + k = #|G| + t -> has_block (@avoids t) a 'C(k, 2) <-> has_clique k.
Proof.
move=> /andP[k_ge2 k_le] a_eq; split=> [[I [J [cardI cardJ all_ones]]]|[S [cardS is_clique]]].
  pose X := [set v | lshift t (enum_rank v) \notin I]; exists X; apply: dense_clique => //.
    have X_compl : #|~: X| = #|[set i | lshift t i \in I]|.
      by rewrite -(card_imset _ enum_rank_inj); apply: eq_card => i; rewrite -[i in LHS]enum_valK mem_imset ?inE ?negbK;
         [rewrite enum_valK | exact: enum_rank_inj].
    have padding_le : #|[set i | rshift #|G| i \in I]| <= t by rewrite -[leqRHS]card_ord max_card.
    have a_le : a <= #|~: X| + t by rewrite -cardI card_padded X_compl leq_add2l.
    rewrite -(leq_add2r #|~: X|) cardsC -(leq_add2r t) -a_eq -addnA [k + _]addnC leq_add2r //.
  rewrite -cardJ -(card_imset _ (@enum_val_inj _ (mem edges))); apply: subset_leq_card.
  apply/subsetP=> _ /imsetP[j j_in ->]; rewrite inE enum_valP /=; apply/subsetP=> v v_in; rewrite inE.
  by apply/negP=> /all_ones /(_ j_in); rewrite avoids_vertex v_in.
exists [set i | outside S i], [set j : 'I_#|edges| | (enum_val j : {set G}) \subset S]; split.
- rewrite card_padded.
  have -> : #|[set i | lshift t i \in [set i | outside S i]]| = #|~: S|.
    rewrite -(card_imset (mem (~: S)) enum_rank_inj); apply: eq_card => i.
    by rewrite -[i in RHS]enum_valK mem_imset ?inE ?outside_vertex //; exact: enum_rank_inj.
  have -> : #|[set i : 'I_t | rshift #|G| i \in [set i | outside S i]]| = t.
    by rewrite -[RHS]card_ord; apply: eq_card => i; rewrite !inE outside_padding.
  by rewrite -(addnK k a) a_eq -(cardsC S) cardS -addnA addKn.
- rewrite (card_enum_val (mem edges) (fun e => e \subset S)) -/(inner S).
  by rewrite (proj1 (clique_pairs S) is_clique) cards_draws cardS.
move=> i j; rewrite !inE /outside /avoids; case: split => // v v_notin e_sub.
by apply: contra v_notin => /(subsetP e_sub).
Qed.

Lemma next_prime_exists x : exists p, (x < p) && prime p.
Proof. by have [p x_lt p_prime] := prime_above x; exists p; rewrite x_lt. Qed.

Definition next_prime x := ex_minn (next_prime_exists x).

Lemma next_primeP x : x < next_prime x /\ prime (next_prime x).
Proof. by rewrite /next_prime; case: ex_minnP => p /andP[]. Qed.

Lemma next_prime_le x : 0 < x -> next_prime x <= 8 * x ^ 2.
Proof.
move=> x_gt0; have [p [p_prime p_gt p_le]] := prime_below x_gt0; apply: leq_trans p_le.
by rewrite /next_prime; case: ex_minnP => q _; apply; rewrite p_gt.
Qed.

Section Questions.

Variable R : realDomainType.

(* By shape: remove k of the rows, all but C(k, 2) of the columns. *)
Theorem clique_shape k :
  2 <= k <= #|G| -> 'C(k, 2) <= #|edges| ->
  yes (keep_block R (@avoids 0) (#|G| - k) 'C(k, 2)) <-> has_clique k.
Proof.
move=> /andP[k_ge2 k_le] enough; rewrite keep_block_yes ?addn0 ?leq_subr //.
by apply: clique_block; rewrite ?k_ge2 // addn0 subnK.
Qed.

(* By target: keep at most p C(k, 2) entries, where p + k = |V| + t is prime and above |E| and |V|. *)
Theorem clique_area k t p :
  2 <= k <= #|G| -> 'C(k, 2) <= #|edges| -> p + k = #|G| + t -> prime p -> #|edges| < p -> #|G| < p ->
  yes (keep_area R (@avoids t) p 'C(k, 2)) <-> has_clique k.
Proof.
move=> k_range enough p_eq p_prime edges_lt vertices_lt; have /andP[k_ge2 k_le] := k_range.
rewrite keep_area_yes //; [exact: clique_block | lia | by rewrite bin_gt0 k_ge2].
Qed.

Definition padding k := next_prime (maxn #|G| #|edges|) - (#|G| - k).

Lemma padding_prime k : k <= #|G| -> next_prime (maxn #|G| #|edges|) + k = #|G| + padding k.
Proof.
by move=> k_le; rewrite /padding; have [] := next_primeP (maxn #|G| #|edges|); move: (next_prime _) => p; lia.
Qed.

Definition at_sight g0 g1 k (q : question R) :=
  if #|G| < k then NO R g0 else if k < 2 then YES R g1 else if #|edges| < 'C(k, 2) then NO R g0 else q.

Definition clique_to_shape k :=
  at_sight (Shape 1 0) (Shape 0 0) k (keep_block R (@avoids 0) (#|G| - k) 'C(k, 2)).

Definition clique_to_target k :=
  at_sight (Target 1) (Target 0) k (keep_area R (@avoids (padding k)) (next_prime (maxn #|G| #|edges|)) 'C(k, 2)).

Lemma small_clique k : k < 2 -> k <= #|G| -> has_clique k.
Proof.
case: k => [|[|//]] _ k_le; first by exists set0; split; [exact: cards0 | move=> u v; rewrite inE].
have /card_gt0P[x _] := k_le; exists [set x]; split; first exact: cards1.
by move=> u v; rewrite !inE => /eqP -> /eqP ->; rewrite eqxx.
Qed.

Lemma at_sight_yes g0 g1 k q :
  ~ yes (NO R g0) -> yes (YES R g1) ->
  (2 <= k <= #|G| -> 'C(k, 2) <= #|edges| -> yes q <-> has_clique k) ->
  yes (at_sight g0 g1 k q) <-> has_clique k.
Proof.
move=> is_no is_yes otherwise; rewrite /at_sight; case: ltnP => k_le.
  by split=> [/is_no//|[S [cardS _]]]; move: (max_card (mem S)); rewrite cardS leqNgt k_le.
case: ltnP => k_ge2; first by split=> // _; apply: small_clique.
case: ltnP => enough; last by apply: otherwise; rewrite ?k_ge2.
split=> [/is_no//|[S [cardS /clique_pairs all_edges]]]; have : #|inner S| <= #|edges|.
  by apply/subset_leq_card/subsetP=> e; rewrite inE => /andP[].
by rewrite all_edges cards_draws cardS leqNgt enough.
Qed.

(* T6: G has a k-clique iff the answer to the pruning question is yes. *)
Theorem clique_to_shape_yes k : yes (clique_to_shape k) <-> has_clique k.
Proof. by apply: at_sight_yes; [apply: NO_shape | apply: YES_shape | apply: clique_shape]. Qed.

Theorem clique_to_target_yes k : yes (clique_to_target k) <-> has_clique k.
Proof.
apply: at_sight_yes; [exact: NO_target | exact: YES_target |] => k_range enough; have /andP[_ k_le] := k_range.
have [] := next_primeP (maxn #|G| #|edges|); rewrite gtn_max => /andP[vertices_lt edges_lt] p_prime.
by apply: clique_area; rewrite ?padding_prime.
Qed.

(* The matrices are of polynomial size. *)
Theorem clique_shape_entries k : entries (clique_to_shape k) <= maxn 1 (#|G| * #|edges|).
Proof.
rewrite /clique_to_shape /at_sight; do 3?[case: ifP => _; first by rewrite leq_maxl].
by rewrite /entries /= addn0 leq_maxr.
Qed.

Theorem clique_target_entries k :
  entries (clique_to_target k) <= maxn 1 ((8 * maxn #|G| #|edges| ^ 2 + k) * #|edges|).
Proof.
rewrite /clique_to_target /at_sight; case: ltnP => k_le; first by rewrite leq_maxl.
case: ltnP => k_ge2; first by rewrite leq_maxl.
case: ifP => _; first by rewrite leq_maxl.
apply: leq_trans (leq_maxr _ _); rewrite /entries /= leq_mul // -padding_prime // leq_add2r next_prime_le //.
by rewrite leq_max (leq_trans _ k_le) // ltnW.
Qed.

End Questions.

End Clique.
