(* Several layers: theorem T7, with units and minima, a knapsack that is only nearly solved, and rounded prices.

   network m n           one matrix a layer, layer l of m l rows and n l columns
   pruning m n           a pair of sets of lines a layer
   shapes L              a number of rows and a number of columns a layer; [shapes_of P]: those that P removes
   network_cost W P      the sum of the layers' costs
   units_of m n units s  removed units: an entry of layer l counts units l of them
   meets ... s           every layer's shape fits its matrix and is allowed, and all together remove the target
   minima rows columns   the allowed shapes that keep at least these numbers of lines in every layer
   priced e W price select
                         select s has shape s and costs at most price s + e, and the price of the shape of any
                         pruning is at most twice its cost, plus e; e is what rounding may have done to prices
   total_price price s   the sum of the layers' prices: what the knapsack minimises
   prune select s        the pruning that the shapes s stand for

   The four pricings are [independent_priced], [rows_first_priced], [columns_first_priced] and [residual_priced]. *)

From mathcomp Require Import all_ssreflect all_algebra.
From RCPrune Require Import Problem Approximation Sorting.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Definition fits (m n : nat) (s : nat * nat) := (s.1 <= m)%N && (s.2 <= n)%N.

Definition shape_of (m n : nat) (P : {set 'I_m} * {set 'I_n}) := (#|P.1|, #|P.2|).

Lemma shape_of_fits m n (P : {set 'I_m} * {set 'I_n}) : fits m n (shape_of P).
Proof.
by apply/andP; split; rewrite /= -[leqRHS]card_ord max_card.
Qed.

(* One layer: prices and what they stand for. *)
Section OneLayer.

Variables (R : realDomainType) (m n : nat) (W : 'M[R]_(m, n)).
Implicit Types (s : nat * nat) (P : {set 'I_m} * {set 'I_n}).

Definition priced (e : R) (price : nat * nat -> R) (select : nat * nat -> {set 'I_m} * {set 'I_n}) : Prop :=
  [/\ forall s, fits m n s -> shape_of (select s) = s,
      forall s, fits m n s -> cost W (select s).1 (select s).2 <= price s + e
    & forall P, price (shape_of P) <= cost W P.1 P.2 *+ 2 + e].

Definition independent_select s := (smallest (row_sum W) s.1, smallest (column_sum W) s.2).

Definition independent_price s := surrogate W (independent_select s).1 (independent_select s).2.

Definition rows_first_select s :=
  let A := smallest (row_sum W) s.1 in (A, smallest (residual_sum W A) s.2).

Definition columns_first_select s :=
  let B := smallest (row_sum W^T) s.2 in (smallest (residual_sum W^T B) s.1, B).

Definition cost_price (select : nat * nat -> {set 'I_m} * {set 'I_n}) s := cost W (select s).1 (select s).2.

Definition better (p q : nat * nat -> R) (f g : nat * nat -> {set 'I_m} * {set 'I_n}) s :=
  if p s <= q s then f s else g s.

(* The better order of the residual sums; rows first on ties. *)
Definition residual_price s := Num.min (cost_price rows_first_select s) (cost_price columns_first_select s).

Definition residual_select :=
  better (cost_price rows_first_select) (cost_price columns_first_select) rows_first_select columns_first_select.

Lemma better_priced e p q f g :
  priced e p f -> priced e q g -> priced e (fun s => Num.min (p s) (q s)) (better p q f g).
Proof.
move=> [shape_f cost_f price_p] [shape_g cost_g price_q]; split=> [s s_fits|s s_fits|P].
- by rewrite /better; case: ifP => _; [apply: shape_f | apply: shape_g].
- by rewrite /better minEle; case: ifP => _; [apply: cost_f | apply: cost_g].
- by rewrite (le_trans _ (price_p P)) // le_minl lexx.
Qed.

Hypothesis W_ge0 : nonneg W.

Lemma independent_priced : priced 0 independent_price independent_select.
Proof.
split=> [[r c] /andP[r_le c_le]|s _|P]; rewrite ?addr0.
- by rewrite /shape_of !card_smallest ?card_ord.
- exact: cost_surrogate.
apply: le_trans (surrogate_two W_ge0 P.1 P.2); have /andP[r_le c_le] := shape_of_fits P.
by apply: surrogate_least; rewrite ?card_smallest ?card_ord //; split; apply: smallest_least.
Qed.

Lemma rows_first_priced : priced 0 (cost_price rows_first_select) rows_first_select.
Proof.
split=> [[r c] /andP[r_le c_le]|s _|P]; rewrite ?addr0 //.
  by rewrite /shape_of !card_smallest ?card_ord.
have /andP[r_le c_le] := shape_of_fits P.
by apply: rows_first_two => //; rewrite ?card_smallest ?card_ord //; split; apply: smallest_least.
Qed.

Lemma columns_first_priced : priced 0 (cost_price columns_first_select) columns_first_select.
Proof.
split=> [[r c] /andP[r_le c_le]|s _|P]; rewrite ?addr0 //.
  by rewrite /shape_of !card_smallest ?card_ord.
have /andP[r_le c_le] := shape_of_fits P.
by apply: columns_first_two => //; rewrite ?card_smallest ?card_ord //; split; apply: smallest_least.
Qed.

Lemma residual_priced : priced 0 residual_price residual_select.
Proof. exact: better_priced rows_first_priced columns_first_priced. Qed.

End OneLayer.

Section Network.

Variables (R : realDomainType) (L : nat) (m n : 'I_L -> nat).

Definition network := forall l, 'M[R]_(m l, n l).

Definition pruning := forall l, {set 'I_(m l)} * {set 'I_(n l)}.

Definition shapes := 'I_L -> nat * nat.

Implicit Types (s : shapes) (P : pruning).

Definition shapes_of P : shapes := fun l => shape_of (P l).

Definition network_cost (W : network) P := \sum_l cost (W l) (P l).1 (P l).2.

Variables (units : 'I_L -> nat) (allowed : 'I_L -> pred (nat * nat)) (target : nat).

Definition units_of s : nat := (\sum_l units l * removed_count (m l) (n l) (s l).1 (s l).2)%N.

Definition meets s : bool := [forall l, fits (m l) (n l) (s l) && allowed l (s l)] && (target <= units_of s)%N.

(* Whether a pruning meets the target depends on its shapes alone. *)
Lemma units_removed P : units_of (shapes_of P) = (\sum_l units l * #|removed (P l).1 (P l).2|)%N.
Proof. by apply: eq_bigr => l _; rewrite card_removed. Qed.

Lemma meets_eq s s' : s =1 s' -> meets s = meets s'.
Proof.
move=> eq_s; rewrite /meets /units_of; congr (_ && (_ <= _)%N); last by apply: eq_bigr => l _; rewrite eq_s.
by apply: eq_forallb => l; rewrite eq_s.
Qed.

Variables (W : network) (e : 'I_L -> R).
Variables (price : 'I_L -> nat * nat -> R) (select : forall l, nat * nat -> {set 'I_(m l)} * {set 'I_(n l)}).
Hypothesis all_priced : forall l, priced (W l) (e l) (price l) (select l).

Definition total_price s := \sum_l price l (s l).

Definition prune s : pruning := fun l => select l (s l).

Lemma meets_fits s l : meets s -> fits (m l) (n l) (s l).
Proof. by case/andP=> /forallP/(_ l)/andP[]. Qed.

(* What is answered has the shapes that were chosen, so it meets the target. *)
Theorem prune_meets s : meets s -> meets (shapes_of (prune s)).
Proof.
move=> s_meets; rewrite (@meets_eq _ s) // => l; have [shape_select _ _] := all_priced l.
exact: shape_select (meets_fits l s_meets).
Qed.

Let error := \sum_l e l.

Lemma prune_cost s : meets s -> network_cost W (prune s) <= total_price s + error.
Proof.
move=> s_meets; rewrite /network_cost /total_price /error -big_split; apply: ler_sum => l _; have [_ cost_select _] := all_priced l.
exact: cost_select (meets_fits l s_meets).
Qed.

Lemma total_price_two P : total_price (shapes_of P) <= network_cost W P *+ 2 + error.
Proof.
by rewrite /network_cost /total_price /error -sumrMnl -big_split; apply: ler_sum => l _; have [_ _ price_le] := all_priced l; apply: price_le.
Qed.

(* Prices off by at most error in all, chosen within a factor 1 + slack of the least total. *)
Theorem layers_rounded (slack : R) s P :
  0 <= slack -> meets s -> (forall s', meets s' -> total_price s <= (1 + slack) * total_price s') ->
  meets (shapes_of P) -> network_cost W (prune s) <= (1 + slack) * (network_cost W P *+ 2 + error) + error.
Proof.
move=> slack_ge0 s_meets s_least P_meets; apply: le_trans (prune_cost s_meets) _; rewrite ler_add2r.
by apply: le_trans (s_least _ P_meets) _; rewrite ler_wpmul2l ?addr_ge0 ?total_price_two ?ler01.
Qed.

End Network.

(* Exact prices. *)
Section Exact.

Variables (R : realDomainType) (L : nat) (m n : 'I_L -> nat) (W : network R m n).
Variables (units : 'I_L -> nat) (allowed : 'I_L -> pred (nat * nat)) (target : nat).
Variables (price : 'I_L -> nat * nat -> R) (select : forall l, nat * nat -> {set 'I_(m l)} * {set 'I_(n l)}).
Hypothesis all_priced : forall l, priced (W l) 0 (price l) (select l).
Implicit Types (s : shapes L) (P : pruning m n).

Let goal := meets m n units allowed target.

Definition least_price s := goal s /\ forall s', goal s' -> total_price price s <= total_price price s'.

(* T7, the knapsack solved within 1 + slack. *)
Theorem layers_bounded (slack : R) s P :
  0 <= slack -> goal s -> (forall s', goal s' -> total_price price s <= (1 + slack) * total_price price s') ->
  goal (shapes_of P) -> network_cost W (prune select s) <= (1 + slack) * (network_cost W P *+ 2).
Proof.
move=> slack_ge0 s_meets s_least P_meets.
have := layers_rounded all_priced slack_ge0 s_meets s_least P_meets.
by rewrite big1 // !addr0.
Qed.

(* T7. The choice of least price costs at most twice as much as any pruning that meets the target. *)
Theorem layers_two s P :
  least_price s -> goal (shapes_of P) -> network_cost W (prune select s) <= network_cost W P *+ 2.
Proof.
move=> [s_meets s_least] P_meets; rewrite -[leRHS]mul1r -[X in X * _]addr0.
by apply: layers_bounded => // s' s'_meets; rewrite addr0 mul1r s_least.
Qed.

(* T7, the dual bound: half the least price is a lower bound on the optimum. *)
Theorem layers_dual s P : least_price s -> goal (shapes_of P) -> total_price price s <= network_cost W P *+ 2.
Proof.
move=> [_ s_least] P_meets; apply: le_trans (s_least _ P_meets) _.
by apply: le_trans (total_price_two all_priced P) _; rewrite big1 // addr0.
Qed.

End Exact.

(* The allowed shapes of minKeptRows and minKeptColumns. *)
Definition minima L (m n rows columns : 'I_L -> nat) (l : 'I_L) : pred (nat * nat) :=
  fun s => (s.1 + rows l <= m l)%N && (s.2 + columns l <= n l)%N.

Section Algorithms.

Variables (R : realDomainType) (L : nat) (m n : 'I_L -> nat) (W : network R m n).
Hypothesis W_ge0 : forall l, nonneg (W l).
Variables (units : 'I_L -> nat) (allowed : 'I_L -> pred (nat * nat)) (target : nat).
Implicit Types (s : shapes L) (P : pruning m n).

Let goal := meets m n units allowed target.
Let chosen (price : 'I_L -> nat * nat -> R) s := least_price m n units allowed target price s.

Theorem independent_layers_two s P :
  chosen (fun l => independent_price (W l)) s -> goal (shapes_of P) ->
  network_cost W (prune (fun l => independent_select (W l)) s) <= network_cost W P *+ 2.
Proof. by apply: layers_two => l; apply: independent_priced. Qed.

Theorem rows_first_layers_two s P :
  chosen (fun l => cost_price (W l) (rows_first_select (W l))) s -> goal (shapes_of P) ->
  network_cost W (prune (fun l => rows_first_select (W l)) s) <= network_cost W P *+ 2.
Proof. by apply: layers_two => l; apply: rows_first_priced. Qed.

Theorem columns_first_layers_two s P :
  chosen (fun l => cost_price (W l) (columns_first_select (W l))) s -> goal (shapes_of P) ->
  network_cost W (prune (fun l => columns_first_select (W l)) s) <= network_cost W P *+ 2.
Proof. by apply: layers_two => l; apply: columns_first_priced. Qed.

(* The better order in every layer, chosen together with the shapes. *)
Theorem residual_layers_two s P :
  chosen (fun l => residual_price (W l)) s -> goal (shapes_of P) ->
  network_cost W (prune (fun l => residual_select (W l)) s) <= network_cost W P *+ 2.
Proof. by apply: layers_two => l; apply: residual_priced. Qed.

End Algorithms.
