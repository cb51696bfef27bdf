(* The rule by which a certificate proves a bound, above its floating-point layer: T5 for what
   the checker computes.

   The bounds of every layer come from its tables, and the program below is [networkBound] and the end of
   [checkCertificate] in src/certify/certificate.ts, on exact numbers.

   part                  one layer as the rule sees it: its size, units an entry, minima, and its table of bounds:
                         part_bound y a b is at least what any a rows and b columns keep
   goal                  Target t: remove t units or more in all;  Shape r c: exactly r rows and c columns, one layer
   fewest_rows g y, most_rows g y, fewest_columns, most_columns
                         how many rows and columns a pruning that meets the goal g keeps of the layer y
   fits ys g             a shape is asked of one layer only
   target_of ys g        the units that the goal asks to remove
   may_stay ys g         K: the units that may stay
   least_units g y       the units that the layer y keeps at least; [least_in_all]: all layers together
   menu g ys y           (units, bound) of every allowed shape: units are at most K less what the others keep at least
   undominated s         of a list sorted by units, the options with a greater bound than all before them
   filled K fill menu    the next knapsack table: entry k is the greatest bound of choices of at most k units, None where
                         no choice is that small
   packed K menus        entry K of the last table
   network_bound pack ys g v
                         the price bound at the price v, with the knapsack (if pack) the lesser of both, at least 0; None
                         where no pruning meets the goal
   verdict down total bound
                         the bound on what is kept: at most the total; and the bound on the cost: the total less the
                         first, rounded down by the function [down], at least 0
   meets g p             the network pruning p meets the goal g, minima included

   [down] stands for rounding to a multiple of 2^-149, as all importances are. It may be any function that takes no bound
   on what a pruning keeps below what it keeps; [grid_verdict_sound] shows that for rounding integers to a grid. *)

From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import zify.
From RCPrune Require Import Problem Shapes Bounds Programs.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Packing.

Variable R : realDomainType.
Implicit Types (menu options c : seq (nat * R)) (menus : seq (seq (nat * R))) (fill : seq (option R)) (K k : nat).
Implicit Types (x y : nat * R) (o : option R).

(* Fewer units first; among equals the greatest bound. *)
Definition smaller x y := (x.1 < y.1)%N || (x.1 == y.1) && (y.2 <= x.2).

Fixpoint undominated_after o options : seq (nat * R) :=
  if options is x :: later then
    if (if o is Some b then b < x.2 else true) then x :: undominated_after (Some x.2) later
    else undominated_after o later
  else [::].

Definition undominated menu := undominated_after None (sort smaller menu).

Definition greater o o' : option R :=
  match o, o' with Some b, Some b' => Some (Num.max b b') | Some _, None => o | None, _ => o' end.

Definition filled K fill menu : seq (option R) :=
  [seq foldr greater None [seq omap (+%R^~ x.2) (nth None fill (k - x.1)) | x <- menu & (x.1 <= k)%N]
  | k <- iota 0 K.+1].

Definition packed K menus : option R :=
  nth None (foldl (filled K) (nseq K.+1 (Some 0)) [seq undominated menu | menu <- menus]) K.

Lemma smaller_total : total smaller.
Proof. by move=> x y; rewrite /smaller; case: (ltngtP x.1 y.1) => //= _; apply: le_total. Qed.

Lemma smaller_trans : transitive smaller.
Proof.
move=> y x z; rewrite /smaller => /orP[xy|/andP[/eqP xy le_xy]] /orP[yz|/andP[/eqP yz le_yz]].
- by rewrite (ltn_trans xy yz).
- by rewrite -yz xy.
- by rewrite xy yz.
- by rewrite xy yz eqxx (le_trans le_yz le_xy) orbT.
Qed.

Lemma undominated_after_sub o options : {subset undominated_after o options <= options}.
Proof.
elim: options o => //= x options IH o y; rewrite [y \in x :: options]inE; case: ifP => _.
  by rewrite inE => /predU1P[->|/IH ->]; rewrite ?eqxx ?orbT.
by move=> /IH ->; rewrite orbT.
Qed.

Lemma undominated_sub menu : {subset undominated menu <= menu}.
Proof. by move=> x /undominated_after_sub; rewrite mem_sort. Qed.

(* An option that is dropped has one that stays, of no more units and no lesser bound. *)
Lemma undominated_after_covers o options x : pairwise smaller options -> x \in options ->
  (exists2 b, o = Some b & x.2 <= b) \/
  exists y, [/\ y \in undominated_after o options, (y.1 <= x.1)%N & x.2 <= y.2].
Proof.
elim: options o => //= y options IH o /andP[/allP y_smaller sorted]; rewrite inE.
have units_le z : z \in options -> (y.1 <= z.1)%N.
  by move/y_smaller; rewrite /smaller => /orP[/ltnW//|/andP[/eqP ->]].
case: ifP => [kept|dropped] /predU1P[->|x_in].
- by right; exists y; rewrite mem_head.
- right; have [[b [<-] b_ge]|[z [z_in z_units z_bound]]] := IH (Some y.2) sorted x_in.
    by exists y; rewrite mem_head units_le.
  by exists z; rewrite inE z_in orbT.
- by left; case: o dropped => [b|//] /negbT; rewrite -leNgt => b_ge; exists b.
exact: IH.
Qed.

Lemma undominated_covers menu x : x \in menu ->
  exists y, [/\ y \in undominated menu, (y.1 <= x.1)%N & x.2 <= y.2].
Proof.
move=> x_in; have sorted_menu : pairwise smaller (sort smaller menu).
  by rewrite -(sorted_pairwise smaller_trans) sort_sorted //; apply: smaller_total.
have [|[b]//|[y y_spec]] := @undominated_after_covers None _ x sorted_menu; first by rewrite mem_sort.
by exists y.
Qed.

Lemma greatest_ge s b : Some b \in s -> exists2 b', foldr greater None s = Some b' & b <= b'.
Proof.
elim: s => //= o s IH; rewrite inE => /predU1P[<-|/IH[b' -> b_le]] /=.
  by case: (foldr _ _ _) => [b'|]; [exists (Num.max b b'); rewrite ?le_maxr ?lexx | exists b].
by case: o => [b''|]; [exists (Num.max b'' b'); rewrite ?le_maxr ?b_le ?orbT | exists b'].
Qed.

Lemma greatest_in s b : foldr greater None s = Some b -> Some b \in s.
Proof.
elim: s b => //= o s IH b; case: o => [b'|] /=; last by move=> /IH b_in; rewrite inE b_in orbT.
case E: (foldr _ _ _) => [b''|] [<-]; last by rewrite mem_head.
by rewrite maxElt; case: ifP => _; rewrite inE ?eqxx // (IH _ E) orbT.
Qed.

Lemma nth_filled K fill menu k : (k <= K)%N ->
  nth None (filled K fill menu) k =
  foldr greater None [seq omap (+%R^~ x.2) (nth None fill (k - x.1)) | x <- menu & (x.1 <= k)%N].
Proof. by move=> k_le; rewrite (nth_map 0%N) ?size_iota // nth_iota. Qed.

(* The table has room for a choice of u units and value w. *)
Definition holds K fill u w := forall k, (u <= k <= K)%N -> exists2 b, nth None fill k = Some b & w <= b.

Lemma filled_holds K fill menu x u w : holds K fill u w -> x \in menu ->
  holds K (filled K fill (undominated menu)) (u + x.1) (w + x.2).
Proof.
move=> fill_holds /undominated_covers[y [y_in y_units y_bound]] k /andP[k_ge k_le].
have [|b b_eq b_ge] := fill_holds (k - y.1)%N; first by lia.
rewrite nth_filled //; have [|b' -> b'_ge] := @greatest_ge
  [seq omap (+%R^~ x.2) (nth None fill (k - x.1)) | x <- undominated menu & (x.1 <= k)%N] (b + y.2).
  by apply/mapP; exists y; rewrite ?b_eq // mem_filter y_in andbT; lia.
by exists b' => //; apply: le_trans b'_ge; apply: ler_add.
Qed.

Lemma packed_ge K menus c : c \in choices menus -> (units c <= K)%N ->
  exists2 b, packed K menus = Some b & value c <= b.
Proof.
move=> c_in c_le; suff all_hold fill u w : holds K fill u w ->
    holds K (foldl (filled K) fill [seq undominated menu | menu <- menus]) (u + units c) (w + value c).
  have [||b b_eq] := all_hold (nseq K.+1 (Some 0)) 0%N 0 _ K; last by rewrite add0r; exists b.
    by move=> k /andP[_ k_le]; exists 0; rewrite // nth_nseq ltnS k_le.
  by rewrite c_le leqnn.
elim: menus c {c_le} c_in fill u w => [|menu menus IH] c /=.
  by rewrite inE => /eqP -> fill u w fill_holds; rewrite /units /value !big_nil addn0 addr0.
case/allpairsP => -[x c'] /= [x_in c'_in ->] fill u w fill_holds.
by rewrite /units /value !big_cons addnA addrA; apply: IH => //; apply: filled_holds.
Qed.

(* Nothing is in the table but choices: every entry comes from units u and value w with P u w, of no more than k units. *)
Definition made K fill (P : nat -> R -> Prop) :=
  forall k b, (k <= K)%N -> nth None fill k = Some b -> exists2 u, (u <= k)%N & P u b.

Lemma filled_made K fill menu P : made K fill P ->
  made K (filled K fill (undominated menu)) (fun u w => exists2 x, x \in menu &
    exists u' w', [/\ P u' w', u = (u' + x.1)%N & w = w' + x.2]).
Proof.
move=> fill_made k b k_le; rewrite nth_filled // => /greatest_in/mapP[x].
rewrite mem_filter => /andP[x_le /undominated_sub x_in].
case b_eq: (nth _ _ _) => [b'|] //= [->].
have [u u_le Pu] := fill_made _ _ (leq_trans (leq_subr _ _) k_le) b_eq.
by exists (u + x.1)%N; [rewrite -(subnK x_le) leq_add2r | exists x => //; exists u, b'].
Qed.

Lemma packed_made K menus b : packed K menus = Some b ->
  exists c, [/\ c \in choices menus, (units c <= K)%N & value c = b].
Proof.
move=> b_eq; suff all_made fill P : made K fill P ->
    made K (foldl (filled K) fill [seq undominated menu | menu <- menus]) (fun u w =>
      exists u' w' c, [/\ P u' w', c \in choices menus, u = (u' + units c)%N & w = w' + value c]).
  have [|u u_le [u' [w' [c [[u'_eq w'_eq] c_in u_eq b_value]]]]] :=
      all_made (nseq K.+1 (Some 0)) (fun u w => u = 0%N /\ w = 0) _ K b (leqnn K) b_eq; last first.
    by exists c; rewrite b_value w'_eq add0r; move: u_le; rewrite u_eq u'_eq.
  by move=> k d k_le; rewrite nth_nseq ltnS k_le => -[<-]; exists 0%N.
elim: menus fill P {b_eq} => [|menu menus IH] fill P fill_made k d k_le.
  move=> /(fill_made _ _ k_le)[u u_le Pu]; exists u => //; exists u, d, [::].
  by rewrite mem_head /units /value !big_nil addn0 addr0.
move=> /(IH _ _ (filled_made (menu := menu) fill_made) _ _ k_le).
case=> u u_le [u1 [w1 [c [[x x_in [u' [w' [Pu u1_eq w1_eq]]]] c_in u_eq ->]]]]; exists u => //.
exists u', w', (x :: c); rewrite u_eq u1_eq w1_eq /units /value !big_cons addnA addrA; split=> //.
by apply/allpairsP; exists (x, c).
Qed.

(* The table is the exact knapsack: dropping dominated options loses nothing. *)
Theorem packed_knapsack K menus : has (fun c => units c <= K)%N (choices menus) ->
  packed K menus = Some (knapsack_bound menus K).
Proof.
case/hasP => c c_in c_le; have [b b_eq _] := packed_ge c_in c_le; rewrite b_eq; congr Some.
have [d [d_in d_le d_value]] := packed_made b_eq; apply/eqP; rewrite eq_le -{1}d_value knapsack_ge //=.
set s := [seq value c | c <- choices menus & (units c <= K)%N].
have /maximum_in/mapP[e] : s != [::].
  by rewrite -size_eq0 size_map size_filter -lt0n -has_count; apply/hasP; exists c.
rewrite mem_filter => /andP[e_le e_in]; rewrite /knapsack_bound -/s => ->.
by have [b'] := packed_ge e_in e_le; rewrite b_eq => -[<-].
Qed.

End Packing.

Inductive goal := Target of nat | Shape of nat & nat.

Section Rule.

Variable R : realDomainType.

Record part := Part {
  part_rows : nat;
  part_columns : nat;
  part_units : nat;
  part_kept_rows : nat;
  part_kept_columns : nat;
  part_bound : nat -> nat -> R
}.

Implicit Types (g : goal) (y : part) (ys : seq part) (v total : R).

(* A goal by shape removes its rows, but no more than the minimum leaves; a goal by target any number. *)
Definition fewest_rows g y : nat :=
  (part_rows y - if g is Shape r _ then minn r (part_rows y - part_kept_rows y) else part_rows y - part_kept_rows y)%N.

Definition most_rows g y : nat := (part_rows y - if g is Shape r _ then r else 0)%N.

Definition fewest_columns g y : nat :=
  (part_columns y -
   if g is Shape _ c then minn c (part_columns y - part_kept_columns y) else part_columns y - part_kept_columns y)%N.

Definition most_columns g y : nat := (part_columns y - if g is Shape _ c then c else 0)%N.

Definition fits ys g : bool := if g is Shape _ _ then size ys == 1%N else true.

Definition shape_units y (s : nat * nat) : nat := (part_units y * (s.1 * s.2))%N.

Definition all_units ys : nat := sumn [seq shape_units y (part_rows y, part_columns y) | y <- ys].

Definition target_of ys g : nat :=
  match g with
  | Target t => t
  | Shape r c => sumn [seq (part_units y * removed_count (part_rows y) (part_columns y) r c)%N | y <- ys]
  end.

Definition may_stay ys g : nat := (all_units ys - target_of ys g)%N.

Definition least_units g y : nat := shape_units y (fewest_rows g y, fewest_columns g y).

Definition least_in_all ys g : nat := sumn [seq least_units g y | y <- ys].

Definition from_to (low high : nat) : seq nat := iota low (high.+1 - low)%N.

Definition menu g ys y : seq (nat * R) :=
  [seq (shape_units y s, part_bound y s.1 s.2)
  | s <- [seq (a, b) | a <- from_to (fewest_rows g y) (most_rows g y),
                       b <- from_to (fewest_columns g y) (most_columns g y)]
  & (shape_units y s <= may_stay ys g - (least_in_all ys g - least_units g y))%N].

(* price_bound of Bounds.v, whose sums do not compute. *)
Definition price_at menus K v : R :=
  v *+ K + add_up [seq maximum [seq x.2 - v *+ x.1 | x : nat * R <- options] | options <- menus].

Definition network_bound (pack : bool) ys g v : option R :=
  if fits ys g && (least_in_all ys g + target_of ys g <= all_units ys)%N then
    let menus := [seq menu g ys y | y <- ys] in
    let priced := price_at menus (may_stay ys g) v in
    let bound := if pack then oapp (Num.min priced) priced (packed (may_stay ys g) menus) else priced in
    Some (Num.max 0 bound)
  else None.

Definition verdict (down : R -> R) total bound : R * R :=
  let kept := Num.min bound total in (kept, Num.max 0 (total - down kept)).

Lemma price_atE menus K v : price_at menus K v = price_bound menus K v.
Proof. by rewrite /price_at add_up_big. Qed.

Lemma mem_from_to low high k : (k \in from_to low high) = (low <= k <= high)%N.
Proof. by rewrite mem_iota; case: leqP => // low_le; lia. Qed.

Section Network.

Variables (L : nat) (y : 'I_L -> part).

Let m l := part_rows (y l).
Let n l := part_columns (y l).
Let u l := part_units (y l).
Let ys := [seq y l | l <- enum 'I_L].

Variable W : forall l, 'M[R]_(m l, n l).
Hypothesis bound_sound : forall l, sound (W l) (part_bound (y l)).

Implicit Type p : forall l, pruning (m l) (n l).

Definition meets g p : Prop :=
  match g with
  | Target t => (t <= removed_units u p)%N
  | Shape r c => L = 1%N /\ forall l, shape_of (p l) = (r, c)
  end /\ forall l, (part_kept_rows (y l) <= #|~: (p l).1|)%N /\ (part_kept_columns (y l) <= #|~: (p l).2|)%N.

Lemma sumn_layers (f : part -> nat) : sumn [seq f x | x <- ys] = (\sum_l f (y l))%N.
Proof. by rewrite sumnE /ys -map_comp big_map big_enum. Qed.

Lemma all_units_layers : all_units ys = total_units m n u.
Proof. by rewrite /all_units sumn_layers. Qed.

Lemma meets_fits g p : meets g p -> fits ys g.
Proof. by case: g => //= r c [[L1 _] _]; rewrite size_map -cardE card_ord L1. Qed.

Lemma meets_target g p : meets g p -> (target_of ys g <= removed_units u p)%N.
Proof.
case: g => [t|r c] [] //= [_ p_shape] _; rewrite sumn_layers; apply: leq_sum => l _.
by rewrite card_removed; case: (p_shape l) => -> ->.
Qed.

Lemma meets_stay g p : meets g p -> (kept_units u p <= may_stay ys g)%N.
Proof.
move=> /meets_target p_target; rewrite /may_stay all_units_layers.
exact: target_budget p_target.
Qed.

Lemma meets_range g p l : meets g p ->
  (fewest_rows g (y l) <= #|~: (p l).1| <= most_rows g (y l))%N /\
  (fewest_columns g (y l) <= #|~: (p l).2| <= most_columns g (y l))%N.
Proof.
rewrite /meets /fewest_rows /most_rows /fewest_columns /most_columns => -[p_goal /(_ l)[]].
have := cardsC (p l).1; have := cardsC (p l).2; rewrite !card_ord -/(m l) -/(n l).
case: g p_goal => [t|r c] p_goal; last (case: p_goal => _ /(_ l)[-> ->]); lia.
Qed.

Lemma meets_least g p l : meets g p -> (least_units g (y l) <= u l * ((kept_shape l p).1 * (kept_shape l p).2))%N.
Proof.
by move=> /(meets_range l)[/andP[a_ge _] /andP[b_ge _]]; rewrite leq_mul2l leq_mul ?orbT.
Qed.

Lemma meets_least_in_all g p : meets g p -> (least_in_all ys g <= may_stay ys g)%N.
Proof.
move=> p_meets; apply: leq_trans (meets_stay p_meets); rewrite /least_in_all sumn_layers.
by apply: leq_sum => l _; apply: meets_least.
Qed.

(* What the other layers keep at least is missing for this one. *)
Lemma meets_most g p l : meets g p ->
  (u l * ((kept_shape l p).1 * (kept_shape l p).2) <= may_stay ys g - (least_in_all ys g - least_units g (y l)))%N.
Proof.
move=> p_meets; have := meets_stay p_meets; rewrite /least_in_all sumn_layers /kept_units.
rewrite (bigD1 l) //= [in X in _ -> X](bigD1 l) //= addKn => p_stay.
have others : (\sum_(k < L | k != l) least_units g (y k) <=
               \sum_(k < L | k != l) u k * ((kept_shape k p).1 * (kept_shape k p).2))%N.
  by apply: leq_sum => k _; apply: meets_least.
rewrite leq_subRL; first by rewrite addnC; apply: leq_trans p_stay; rewrite leq_add2l.
by apply: leq_trans others (leq_trans (leq_addl _ _) p_stay).
Qed.

Let menus g := [seq menu g ys x | x <- ys].

Let choice p := [seq ((u l * ((kept_shape l p).1 * (kept_shape l p).2))%N,
                      part_bound (y l) (kept_shape l p).1 (kept_shape l p).2) | l <- enum 'I_L].

Lemma meets_choice g p : meets g p -> choice p \in choices (menus g).
Proof.
move=> p_meets; have in_menu l : (shape_units (y l) (kept_shape l p), part_bound (y l) (kept_shape l p).1
    (kept_shape l p).2) \in menu g ys (y l).
  apply/mapP; exists (kept_shape l p) => //; rewrite mem_filter (meets_most l p_meets) /=.
  have [a_in b_in] := meets_range l p_meets.
  by apply/allpairsP; exists (kept_shape l p); rewrite !mem_from_to.
have -> : menus g = [seq menu g ys (y l) | l <- enum 'I_L] by rewrite /menus {2}/ys -map_comp.
rewrite /choice; elim: (enum _) => [|l s IH] //=.
by apply: (allpairs_f (fun x c => x :: c)) IH; apply: in_menu.
Qed.

(* Every pruning that meets the goal leaves something to choose: the rule refuses only goals that nothing meets. *)
Theorem refused_unmet pack g v p : network_bound pack ys g v = None -> ~ meets g p.
Proof.
move=> refused p_meets; move: refused; rewrite /network_bound (meets_fits p_meets) /=.
have := meets_least_in_all p_meets; have := meets_target p_meets; have := kept_removed_units u p.
rewrite /may_stay all_units_layers -/m -/n => ? ? ?; case: leqP => //; lia.
Qed.

(* T5, certificates: what any pruning keeps that meets the goal. *)
Theorem network_bound_sound pack g v b p : 0 <= v -> network_bound pack ys g v = Some b -> meets g p ->
  kept_total W p <= b.
Proof.
move=> v_ge0; rewrite /network_bound price_atE; case: ifP => // _ [<-] p_meets; rewrite le_maxr; apply/orP; right.
have c_in := meets_choice p_meets.
have c_le : (units (choice p) <= may_stay ys g)%N by rewrite /units /choice big_map big_enum; apply: meets_stay.
have p_le : kept_total W p <= value (choice p).
  by rewrite /value /choice big_map big_enum; apply: ler_sum => l _; apply: bound_sound.
have price_le := le_trans p_le (price_ge v_ge0 c_in c_le); case: pack => //.
by have [d -> d_ge] := packed_ge c_in c_le; rewrite /= le_minr price_le (le_trans p_le d_ge).
Qed.

Hypothesis W_ge0 : forall l, nonneg (W l).

(* T5, certificates: the verdict, with the total as a bound on what is kept and rounding to what a pruning can keep. *)
Theorem verdict_sound (down : R -> R) pack g v b p : 0 <= v -> network_bound pack ys g v = Some b -> meets g p ->
  (forall x, kept_total W p <= x -> kept_total W p <= down x) ->
  kept_total W p <= (verdict down (importance W) b).1 /\ (verdict down (importance W) b).2 <= cost_total W p.
Proof.
move=> v_ge0 b_eq p_meets down_ge; have cost_ge0' : 0 <= cost_total W p.
  by apply: sumr_ge0 => l _; apply: cost_ge0.
have kept_le : kept_total W p <= Num.min b (importance W).
  rewrite le_minr (network_bound_sound v_ge0 b_eq p_meets) -(cost_kept_total W p) /=.
  by rewrite ler_addr.
split=> //=; rewrite le_maxl cost_ge0' /= ler_subl_addr -{1}(cost_kept_total W p) ler_add2l.
exact: down_ge.
Qed.

End Network.

End Rule.

(* The tables of a layer, on lists, from its importances: what needs no norm. *)
Section Tables.

Variable R : realDomainType.
Implicit Types (w t : nat -> nat -> R) (m n a b : nat).

Inductive table := Rows | Columns | Split of nat -> nat -> R.

(* top of Bounds.v, whose sum does not compute. *)
Definition top_at k (s : seq R) : R := add_up (take k (sort >=%R s)).

Lemma top_atE k s : top_at k s = top k s.
Proof. by rewrite /top_at -[take _ _]map_id add_up_big. Qed.

Definition rows_at m n w a b : R := top_at a [seq top_at b [seq w i j | j <- iota 0 n] | i <- iota 0 m].

Definition columns_at m n w a b : R := rows_at n m (transposed w) b a.

(* The a greatest row sums, the b greatest column sums. *)
Definition sums_at m n w a b : R := Num.min (top_at a (row_sums m n w)) (top_at b (column_sums m n w)).

Definition table_at m n w (x : table) a b : R :=
  match x with
  | Rows => rows_at m n w a b
  | Columns => columns_at m n w a b
  | Split t => rows_at m n (fun i j => w i j - t i j) a b + columns_at m n t a b
  end.

Definition least_at m n w (xs : seq table) : nat -> nat -> R :=
  nonempty (fun a b => foldr (fun x bound => Num.min (table_at m n w x a b) bound) (sums_at m n w a b) xs).

Lemma map_iota (T : Type) k (f : nat -> T) : [seq f i | i <- iota 0 k] = [seq f (val i) | i <- enum 'I_k].
Proof. by rewrite -val_enum_ord -map_comp; apply: eq_map. Qed.

Lemma rows_atE m n w a b : rows_at m n w a b = row_bound (matrix_of m n w) a b.
Proof.
rewrite /rows_at /row_bound top_atE map_iota; congr top; apply: eq_map => i.
by rewrite top_atE map_iota; congr top; apply: eq_map => j; rewrite mxE.
Qed.

Lemma columns_atE m n w a b : columns_at m n w a b = column_bound (matrix_of m n w) a b.
Proof. by rewrite /columns_at rows_atE /column_bound; congr row_bound; apply/matrixP => i j; rewrite !mxE. Qed.

Lemma row_sums_sound m n w : nonneg (matrix_of m n w) ->
  sound (matrix_of m n w) (fun a _ => top_at a (row_sums m n w)).
Proof.
move=> w_ge0 p; rewrite kept_weight top_atE; apply: (@le_trans _ _ (\sum_(i in ~: p.1) row_sum (matrix_of m n w) i)).
  by apply: ler_sum => i _; rewrite [leRHS](bigID (mem (~: p.2))) /= ler_addl sumr_ge0.
apply: le_trans (top_set _ _) _; rewrite le_eqVlt; apply/orP; left; apply/eqP; congr top.
rewrite -[row_sums _ _ _](mkseq_nth 0) row_sums_size /mkseq map_iota.
by apply: eq_map => i; apply: esym; apply: row_sums_nth.
Qed.

Lemma sums_at_sound m n w : nonneg (matrix_of m n w) -> sound (matrix_of m n w) (sums_at m n w).
Proof.
move=> w_ge0; apply: min_sound; first exact: row_sums_sound.
have tr_ge0 : nonneg (matrix_of n m (transposed w)).
  by move=> j i; have := w_ge0 i j; rewrite !mxE.
move=> p; have := row_sums_sound tr_ge0 (p.2, p.1); congr (_ <= _).
rewrite !kept_weight weight_swap; apply: eq_bigr => i _; apply: eq_bigr => j _; by rewrite !mxE.
Qed.

Lemma table_at_sound m n w x : sound (matrix_of m n w) (table_at m n w x).
Proof.
case: x => [||t] p /=; rewrite ?rows_atE ?columns_atE; [exact: row_bound_sound | exact: column_bound_sound |].
have -> : matrix_of m n (fun i j => w i j - t i j) = matrix_of m n w - matrix_of m n t.
  by apply/matrixP => i j; rewrite !mxE.
exact: split_bound_sound.
Qed.

Theorem least_at_sound m n w xs : nonneg (matrix_of m n w) -> sound (matrix_of m n w) (least_at m n w xs).
Proof.
move=> w_ge0; apply: nonempty_sound; elim: xs => [|x xs IH]; first exact: sums_at_sound.
by apply: (min_sound (table_at_sound w x)) IH.
Qed.

(* A layer of Programs.v with its tables, as the rule sees it. *)
Definition part_of (x : layer R * seq table) : part R :=
  Part (layer_rows x.1) (layer_columns x.1) (layer_units x.1) (layer_kept_rows x.1) (layer_kept_columns x.1)
    (least_at (layer_rows x.1) (layer_columns x.1) (layer_entry x.1) x.2).

Definition total_list (xs : seq (layer R * seq table)) : R :=
  add_up [seq add_up (row_sums (layer_rows x.1) (layer_columns x.1) (layer_entry x.1)) | x <- xs].

Definition check_list (pack : bool) (xs : seq (layer R * seq table)) g v (down : R -> R) : option (R * R) :=
  omap (verdict down (total_list xs)) (network_bound pack [seq part_of x | x <- xs] g v).

Section Lists.

Variable xs : seq (layer R * seq table).

Definition part_at (l : 'I_(size xs)) : part R := part_of (tnth (in_tuple xs) l).

Definition matrix_at l : 'M[R]_(part_rows (part_at l), part_columns (part_at l)) :=
  matrix_of _ _ (layer_entry (tnth (in_tuple xs) l).1).

Lemma total_listE : total_list xs = importance matrix_at.
Proof.
rewrite /total_list -[xs in LHS](map_tnth_enum (in_tuple xs)) -map_comp add_up_big big_enum.
apply: eq_bigr => l _ /=; rewrite [row_sums _ _ _](_ : _ = [seq row_sum (matrix_at l) i | i <- enum 'I_(_)]).
  by rewrite add_up_big big_enum.
rewrite -[LHS](mkseq_nth 0) row_sums_size /mkseq map_iota.
by apply: eq_map => i; apply: row_sums_nth.
Qed.

Hypothesis xs_ge0 : forall l i j, 0 <= layer_entry (tnth (in_tuple xs) l).1 i j.

Lemma parts_at : [seq part_of x | x <- xs] = [seq part_at l | l <- enum 'I_(size xs)].
Proof. by rewrite -[xs in LHS](map_tnth_enum (in_tuple xs)) -map_comp. Qed.

Lemma matrix_at_ge0 l : nonneg (matrix_at l).
Proof. by move=> i j; rewrite mxE. Qed.

Lemma part_at_sound l : sound (matrix_at l) (part_bound (part_at l)).
Proof. exact/least_at_sound/matrix_at_ge0. Qed.

(* T5, certificates, on lists: the program that Coq runs on the instances of certificates.json. *)
Theorem check_list_sound pack g v (down : R -> R) out
    (p : forall l, pruning (part_rows (part_at l)) (part_columns (part_at l))) : 0 <= v -> check_list pack xs g v down = Some out ->
  meets g p -> (forall x, kept_total matrix_at p <= x -> kept_total matrix_at p <= down x) ->
  kept_total matrix_at p <= out.1 /\ out.2 <= cost_total matrix_at p.
Proof.
move=> v_ge0; rewrite /check_list parts_at total_listE; case b_eq: network_bound => [b|] //= [<-] p_meets down_ge.
exact: (verdict_sound part_at_sound matrix_at_ge0 v_ge0 b_eq p_meets down_ge).
Qed.

End Lists.

End Tables.

(* Integers on a grid: where all importances are multiples of d, so is what a pruning keeps, and a bound on it may be
   rounded down to one. (The numbers of a certificate that are not on the grid are its prices.) *)
From Coq Require Import ZArith.
From mathcomp.zify Require Import ssrZ.

Section Grid.

Let integers := [realDomainType of Z].

Variable d : integers.
Hypothesis d_gt0 : 0 < d.

Definition floor_to (x : Z) : Z := (d * (x / d))%Z.

Definition on_grid (x : integers) := exists k, x = d * k.

Lemma on_grid_sum (I : Type) (s : seq I) (P : pred I) (F : I -> integers) :
  (forall i, P i -> on_grid (F i)) -> on_grid (\sum_(i <- s | P i) F i).
Proof.
move=> F_grid; apply: big_ind => //; first by exists 0; rewrite mulr0.
by move=> _ _ [j ->] [k ->]; exists (j + k); rewrite mulrDr.
Qed.

Lemma floor_to_ge (x k : integers) : on_grid k -> k <= x -> k <= floor_to x.
Proof.
case=> j -> /= jd_le; apply: ler_wpmul2l (ltW d_gt0) _ _ _.
have d_pos : (0 < d)%Z by move: d_gt0; lia.
have : (j <= x / d)%Z by apply: Z.div_le_lower_bound => //; move: jd_le; lia.
lia.
Qed.

Variable xs : seq (layer integers * seq (table integers)).
Hypothesis xs_ge0 : forall l i j, 0 <= layer_entry (tnth (in_tuple xs) l).1 i j.
Hypothesis xs_grid : forall l i j, on_grid (layer_entry (tnth (in_tuple xs) l).1 i j).

(* T5, certificates, with the rounding that [checkCertificate] does. *)
Theorem grid_check_sound pack g v out
    (p : forall l, pruning (part_rows (@part_at _ xs l)) (part_columns (@part_at _ xs l))) : 0 <= v ->
  check_list pack xs g v floor_to = Some out -> meets g p ->
  kept_total (@matrix_at _ xs) p <= out.1 /\ out.2 <= cost_total (@matrix_at _ xs) p.
Proof.
move=> v_ge0 out_eq p_meets; apply: check_list_sound v_ge0 out_eq p_meets _ => // x; apply: floor_to_ge.
by apply: on_grid_sum => l _; apply: on_grid_sum => e _; rewrite mxE.
Qed.

End Grid.
