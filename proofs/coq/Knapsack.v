(* The multiple-choice knapsack between layers: theorem T9, on the list program of src/knapsack/least-choice.ts.

   tables                the options of every layer; an option x removes units x and costs price x
   is_choice tables c    c takes one option of every table, in order
   all_units c, all_price c
                         what a choice removes and costs in all
   state                 units removed so far, capped at the target; price so far; options taken so far, last one first
   extend s x            the state s with the option x taken as well
   before s t            s has more units than t, or as many at no higher price
   undominated p s       of a list sorted by [before], the states that cost less than p and than all before them
   merge states options  every state with every option, dominated ones dropped
   least_choice tables   the program: merge layer by layer, return the first state's options; None where that state,
                         which has most units, does not reach the target

   Sorts are stable: of two equal states the one made first stays, as in the TypeScript function. *)

From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import zify.
From RCPrune Require Import Problem Approximation Sorting Shapes Layers.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Knapsack.

Variables (R : realDomainType) (T : eqType) (units : T -> nat) (price : T -> R) (target : nat).

Definition state := (nat * R * seq T)%type.

Implicit Types (s t : state) (states : seq state) (x : T) (c options : seq T) (tables : seq (seq T)).

Definition extend s x : state := (minn target (s.1.1 + units x), s.1.2 + price x, x :: s.2).

Definition before s t := (t.1.1 < s.1.1)%N || (s.1.1 == t.1.1) && (s.1.2 <= t.1.2).

Fixpoint undominated (least : option R) states : seq state :=
  if states is s :: later then
    if (if least is Some p then s.1.2 < p else true) then s :: undominated (Some s.1.2) later
    else undominated least later
  else [::].

Definition merge states options := undominated None (sort before [seq extend s x | s <- states, x <- options]).

Definition start : state := (0%N, 0, [::]).

Definition least_choice tables : option (seq T) :=
  if foldl merge [:: start] tables is s :: _ then
    if (target <= s.1.1)%N then Some (rev s.2) else None
  else None.

Definition is_choice tables c := all2 (fun x options => x \in options) c tables.

Definition all_units c : nat := sumn [seq units x | x <- c].

Definition all_price c : R := \sum_(x <- c) price x.

Lemma before_total : total before.
Proof.
move=> s t; rewrite /before; case: (ltngtP s.1.1 t.1.1) => //= _; exact: le_total.
Qed.

Lemma before_trans : transitive before.
Proof.
move=> t s u; rewrite /before => /orP[ts|/andP[/eqP st le_st]] /orP[ut|/andP[/eqP tu le_tu]].
- by rewrite (ltn_trans ut ts).
- by rewrite -tu ts.
- by rewrite st ut.
- by rewrite st tu eqxx (le_trans le_st le_tu) orbT.
Qed.

Lemma undominated_sub least states : {subset undominated least states <= states}.
Proof.
elim: states least => //= s states IHstates least t; rewrite [t \in s :: _]inE; case: ifP => _.
  by rewrite inE => /predU1P[->|/IHstates ->]; rewrite ?eqxx ?orbT.
by move=> /IHstates ->; rewrite orbT.
Qed.

(* Every state that is dropped is dominated by one that stays. *)
Lemma undominated_dominates least states s :
  pairwise before states -> s \in states ->
  (exists2 p, least = Some p & p <= s.1.2) \/
  exists t, [/\ t \in undominated least states, (s.1.1 <= t.1.1)%N & t.1.2 <= s.1.2].
Proof.
elim: states least => //= t states IHstates least /andP[/allP t_before sorted]; rewrite inE.
have units_le u : u \in states -> (u.1.1 <= t.1.1)%N.
  by move/t_before; rewrite /before => /orP[/ltnW//|/andP[/eqP ->]].
case: ifP => [cheaper|dearer] /predU1P[->|s_in].
- by right; exists t; rewrite mem_head.
- right; have [[p [<-] price_le]|[u [u_in units_u price_u]]] := IHstates (Some t.1.2) sorted s_in.
    by exists t; rewrite mem_head units_le.
  by exists u; rewrite inE u_in orbT.
- by left; case: least dearer => [p|//] /negbT; rewrite -leNgt => p_le; exists p.
exact: IHstates.
Qed.

Record reached tables states : Prop := Reached {
  sound : {in states, forall s, [/\ is_choice tables (rev s.2), s.1.1 = minn target (all_units (rev s.2)) &
    s.1.2 = all_price (rev s.2)]};
  complete : forall c, is_choice tables c ->
    exists s, [/\ s \in states, (minn target (all_units c) <= s.1.1)%N & s.1.2 <= all_price c];
  first_best : {in states, forall s, before (head start states) s}
}.

Lemma is_choice_rcons tables options c x :
  is_choice (rcons tables options) (rcons c x) = is_choice tables c && (x \in options).
Proof.
rewrite /is_choice; elim: tables c => [|t tables IHtables] [|y c] /=; rewrite ?andbT //.
- by case: c => [|z c]; rewrite andbF.
- by case: tables {IHtables} => [|u tables]; rewrite andbF.
by rewrite IHtables andbA.
Qed.

Lemma all_units_rcons c x : all_units (rcons c x) = (all_units c + units x)%N.
Proof. by rewrite /all_units map_rcons sumn_rcons. Qed.

Lemma all_price_rcons c x : all_price (rcons c x) = all_price c + price x.
Proof. by rewrite /all_price -cats1 big_cat big_seq1. Qed.

Lemma merge_reached tables states options :
  reached tables states -> reached (rcons tables options) (merge states options).
Proof.
case=> sound complete _; set made := [seq extend s x | s <- states, x <- options].
have sorted_made : pairwise before (sort before made).
  by rewrite -(sorted_pairwise before_trans) sort_sorted //; apply: before_total.
split=> [s /undominated_sub|c|s].
- rewrite mem_sort => /allpairsP[[t x] /= [t_in x_in ->]]; have [t_choice t_units t_price] := sound t t_in.
  rewrite /extend /= rev_cons is_choice_rcons all_units_rcons all_price_rcons t_choice t_units t_price x_in.
  by split=> //; lia.
- case/lastP: c => [|c x]; first by case: tables {sound complete}.
  rewrite is_choice_rcons => /andP[c_choice x_in]; have [t [t_in t_units t_price]] := complete c c_choice.
  have u_in : extend t x \in sort before made by rewrite mem_sort; apply/allpairsP; exists (t, x).
  have [[p]//|[u [u_merged u_units u_price]]] := undominated_dominates None sorted_made u_in.
  exists u; split=> //; rewrite ?all_units_rcons ?all_price_rcons.
    by apply: leq_trans u_units; move: t_units => /=; lia.
  by apply: le_trans u_price _; rewrite ler_add2r.
rewrite /merge; case: (sort before made) sorted_made => //= t later /andP[/allP t_before _].
rewrite inE => /predU1P[->|/undominated_sub/t_before//]; rewrite /before eqxx lexx orbT //.
Qed.

Lemma start_reached : reached [::] [:: start].
Proof.
split=> [s|c|s].
- by rewrite inE => /eqP ->; rewrite /all_price big_nil minn0.
- by case: c => // _; exists start; rewrite mem_head /all_price big_nil minn0.
by rewrite inE => /eqP ->; rewrite /before eqxx lexx orbT.
Qed.

Lemma merges_reached tables : reached tables (foldl merge [:: start] tables).
Proof.
elim/last_ind: tables => [|tables options IHtables]; first exact: start_reached.
by rewrite -cats1 foldl_cat cats1; apply: merge_reached.
Qed.

Lemma least_choice_sound tables c :
  least_choice tables = Some c -> is_choice tables c /\ (target <= all_units c)%N.
Proof.
have [sound _ _] := merges_reached tables; move: sound; rewrite /least_choice.
case: (foldl merge _ tables) => [|s states] //= sound; case: ifP => // s_target [<-].
by have [s_choice s_units _] := sound s (mem_head _ _); move: s_target; rewrite s_units leq_min => /andP[].
Qed.

(* T9. The program returns a choice that reaches the target at least price, if any choice reaches it. *)
Theorem least_choice_least tables c' :
  is_choice tables c' -> (target <= all_units c')%N ->
  exists c, [/\ least_choice tables = Some c, is_choice tables c, (target <= all_units c)%N &
    forall c'', is_choice tables c'' -> (target <= all_units c'')%N -> all_price c <= all_price c''].
Proof.
have [sound complete first_best] := merges_reached tables; rewrite /least_choice => c'_choice c'_units.
move: sound complete first_best; case: (foldl merge _ tables) => [|h states] sound complete first_best.
  by have [s []] := complete c' c'_choice.
have [h_choice h_units h_price] := sound h (mem_head _ _).
have least c : is_choice tables c -> (target <= all_units c)%N -> h.1.1 = target /\ h.1.2 <= all_price c.
  move=> c_choice c_units; have [s [s_in s_units s_price]] := complete c c_choice.
  have s_target : s.1.1 = target.
    have [_ s_eq _] := sound s s_in; apply/eqP; rewrite eqn_leq {1}s_eq geq_minl.
    by rewrite -[X in (X <= _)%N](minn_idPl c_units).
  have := first_best s s_in; rewrite /before /= s_target h_units => /orP[|/andP[/eqP -> le_s]].
    by rewrite ltnNge geq_minl.
  by split=> //; apply: le_trans le_s s_price.
have [h_target _] := least c' c'_choice c'_units; exists (rev h.2); rewrite h_target leqnn.
split=> // [|c c_choice c_units]; last by rewrite -h_price; have [] := least c c_choice c_units.
by rewrite h_units in h_target; apply/minn_idPl.
Qed.

End Knapsack.

(* What options are called does not matter. *)
Section Renaming.

Variables (R : realDomainType) (T T' : eqType) (h : T -> T') (units : T' -> nat) (price : T' -> R) (target : nat).

Let rename (s : state R T) : state R T' := (s.1, map h s.2).

Lemma undominated_rename least states :
  undominated least (map rename states) = map rename (undominated least states).
Proof. by elim: states least => //= s states IHstates least; case: ifP => _ /=; rewrite IHstates. Qed.

Lemma merge_rename states options :
  merge units price target (map rename states) (map h options) =
  map rename (merge (units \o h) (price \o h) target states options).
Proof.
rewrite /merge allpairs_mapl allpairs_mapr -undominated_rename; congr undominated.
by rewrite (map_sort (leT := @before R T')) // map_allpairs.
Qed.

Lemma least_choice_rename tables :
  least_choice units price target [seq map h options | options <- tables] =
  omap (map h) (least_choice (units \o h) (price \o h) target tables).
Proof.
rewrite /least_choice -[[:: start R T']]/(map rename [:: start R T]).
elim: tables [:: _] => [|options tables IHtables] states /=; last by rewrite merge_rename IHtables.
by case: states => //= s _; case: ifP => _ /=; rewrite ?map_rev.
Qed.

End Renaming.

(* The program between the layers of T7: an option is a layer and a shape of it. *)
Section Shapes.

Variables (R : realDomainType) (L : nat) (m n : 'I_L -> nat).
Variables (units : 'I_L -> nat) (allowed : 'I_L -> pred (nat * nat)) (target : nat).
Variable price : 'I_L -> nat * nat -> R.
Implicit Types (s : 'I_L -> nat * nat) (P : network_pruning m n).

Notation option := ('I_L * (nat * nat))%type.

Implicit Types (c : seq option).

Let goal := meets m n units allowed target.

Definition option_units (x : option) : nat := units x.1 * removed_count (m x.1) (n x.1) x.2.1 x.2.2.

Definition option_price (x : option) : R := price x.1 x.2.

Definition layer_options l : seq option := [seq (l, x) | x <- shapes (m l) (n l) & allowed l x].

Definition shape_tables := [seq layer_options l | l <- enum 'I_L].

Definition choice_of s : seq option := [seq (l, s l) | l <- enum 'I_L].

Definition chosen_shapes c l : nat * nat := (nth (l, (0, 0)%N) c l).2.

Definition choose_shapes : Datatypes.option ('I_L -> nat * nat) :=
  omap chosen_shapes (least_choice option_units option_price target shape_tables).

Lemma mem_options l x : (x \in layer_options l) = [&& x.1 == l, x.2 \in shapes (m l) (n l) & allowed l x.2].
Proof.
apply/mapP/and3P => [[y]|[/eqP l_eq x_in x_allowed]]; first by rewrite mem_filter => /andP[? ?] ->.
by exists x.2; rewrite ?mem_filter ?x_in ?x_allowed // -l_eq; case: (x).
Qed.

Lemma choice_of_allowed s :
  is_choice shape_tables (choice_of s) = [forall l, (s l \in shapes (m l) (n l)) && allowed l (s l)].
Proof.
rewrite /is_choice /shape_tables /choice_of.
have all2_map ls :
    all2 (fun x (options : seq option) => x \in options) [seq (l, s l) | l <- ls] [seq layer_options l | l <- ls] =
    all (fun l => (s l \in shapes (m l) (n l)) && allowed l (s l)) ls.
  by elim: ls => //= l ls ->; rewrite mem_options eqxx.
rewrite all2_map; apply/allP/forallP => [all_in l|all_in l _]; first by apply: all_in; rewrite mem_enum.
exact: all_in.
Qed.

Lemma choice_of_chosen c : is_choice shape_tables c -> c = choice_of (chosen_shapes c).
Proof.
move=> c_choice; have layers_eq : map fst c = enum 'I_L.
  move: c_choice; rewrite /is_choice /shape_tables; elim: (enum 'I_L) c => [|l ls IHls] [|x c] //=.
  by rewrite mem_options => /andP[/andP[/eqP -> _] /IHls ->].
have size_eq : size c = L by rewrite -(size_map fst) layers_eq size_enum_ord.
rewrite /choice_of -layers_eq -map_comp -[LHS]map_id; apply/eq_in_map => x /= x_in.
have x_lt : (index x c < L)%N by apply: leq_trans (eq_leq size_eq); rewrite index_mem.
have x_layer : x.1 = Ordinal x_lt.
  by apply: val_inj; rewrite /= -{1}(nth_index x x_in) -(nth_map x x.1) ?index_mem // layers_eq nth_enum_ord.
by rewrite /chosen_shapes x_layer /= nth_index // -x_layer; case: (x).
Qed.

Lemma choice_units s : all_units option_units (choice_of s) = units_of m n units s.
Proof. by rewrite /all_units /choice_of -map_comp sumnE big_map big_enum. Qed.

Lemma choice_price s : all_price option_price (choice_of s) = total_price price s.
Proof. by rewrite /all_price /choice_of big_map big_enum. Qed.

(* T9 for T7: if some pruning meets the target, the program returns shapes of least price that do. *)
Theorem choose_shapes_least P : goal (shapes_of P) ->
  exists s, choose_shapes = Some s /\ least_price m n units allowed target price s.
Proof.
case/andP=> P_allowed P_units; have P_choice : is_choice shape_tables (choice_of (shapes_of P)).
  by rewrite choice_of_allowed.
have P_reaches : (target <= all_units option_units (choice_of (shapes_of P)))%N by rewrite choice_units.
have [c [c_eq c_choice c_units c_least]] := least_choice_least option_price P_choice P_reaches.
exists (chosen_shapes c); rewrite /choose_shapes c_eq; split=> //; have c_chosen := choice_of_chosen c_choice.
split=> [|s /andP[s_allowed s_units]].
  by rewrite /meets -choice_of_allowed -c_chosen c_choice -choice_units -c_chosen.
by rewrite -!choice_price -c_chosen; apply: c_least; rewrite ?choice_of_allowed ?choice_units.
Qed.

(* Both together: prices within two, merged by the program, cost at most twice as much as any pruning that meets the
   target. *)
Theorem choose_shapes_two (W : network R m n) (select : forall l, nat * nat -> pruning (m l) (n l)) P :
  (forall l, two_priced (W l) (price l) (select l)) -> goal (shapes_of P) ->
  exists s, [/\ choose_shapes = Some s, goal (shapes_of (prune select s)) &
    network_cost W (prune select s) <= network_cost W P *+ 2].
Proof.
move=> two P_meets; have [s [s_eq s_least]] := choose_shapes_least P_meets; exists s.
have all_priced l := exactly_priced (two l); split=> //; last by have := layers_two all_priced s_least P_meets.
by case: s_least => s_meets _; apply: (prune_meets (e := fun=> 0) all_priced).
Qed.

End Shapes.
