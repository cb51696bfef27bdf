(* Several layers: theorem T7, with units and minima, a knapsack that is only nearly solved, and rounded prices.

   network m n           one matrix a layer, layer l of m l rows and n l columns
   network_pruning m n   a pruning a layer; [shapes_of P]: the shape of each
   network_cost W P      the sum of the layers' costs
   units_of m n units s  removed units: an entry of layer l counts units l of them
   meets ... s           every layer's shape fits its matrix and is allowed, and all together remove the target
   minima rows columns   the allowed shapes that keep at least these numbers of lines in every layer
   priced W e price select
                         select s has shape s and costs at most price s + e, and the price of a shape is at most twice
                         the cost of any pruning of it, plus e; e is what rounding may have done to prices
   total_price price s   the sum of the layers' prices: what the knapsack minimises
   least_price ... s     s meets the target, and no choice that does has a smaller total price
   prune select s        the pruning that the shapes s stand for *)

From mathcomp Require Import all_ssreflect all_algebra.
From RCPrune Require Import Problem Approximation Sorting Shapes.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

(* One layer: a price for every shape and a pruning that it stands for; rounding may be off by e either way. *)
Definition priced (R : realDomainType) m n (W : 'M[R]_(m, n)) e price (select : nat * nat -> pruning m n) : Prop :=
  {in shapes m n, forall s, [/\ shape_of (select s) = s, cost_of W (select s) <= price s + e &
    forall p, shape_of p = s -> price s <= cost_of W p *+ 2 + e]}.

Lemma exactly_priced (R : realDomainType) m n (W : 'M[R]_(m, n)) price select :
  two_priced W price select -> priced W 0 price select.
Proof.
move=> two s s_in; have [shape_s cost_s price_s] := two s s_in; rewrite addr0.
by split=> // p shape_p; rewrite addr0 price_s.
Qed.

Section Network.

Variables (R : realDomainType) (L : nat) (m n : 'I_L -> nat).

Definition network := forall l, 'M[R]_(m l, n l).

Definition network_pruning := forall l, pruning (m l) (n l).

Implicit Types (s : 'I_L -> nat * nat) (P : network_pruning).

Definition shapes_of P l : nat * nat := shape_of (P l).

Definition network_cost (W : network) P := \sum_l cost_of (W l) (P l).

Variables (units : 'I_L -> nat) (allowed : 'I_L -> pred (nat * nat)) (target : nat).

Definition units_of s : nat := (\sum_l units l * removed_count (m l) (n l) (s l).1 (s l).2)%N.

Definition meets s : bool := [forall l, (s l \in shapes (m l) (n l)) && allowed l (s l)] && (target <= units_of s)%N.

(* Whether a pruning meets the target depends on its shapes alone. *)
Lemma units_removed P : units_of (shapes_of P) = (\sum_l units l * #|removed (P l).1 (P l).2|)%N.
Proof. by apply: eq_bigr => l _; rewrite card_removed. Qed.

Lemma meets_eq s s' : s =1 s' -> meets s = meets s'.
Proof.
move=> eq_s; rewrite /meets /units_of; congr (_ && (_ <= _)%N); last by apply: eq_bigr => l _; rewrite eq_s.
by apply: eq_forallb => l; rewrite eq_s.
Qed.

Variables (W : network) (e : 'I_L -> R).
Variables (price : 'I_L -> nat * nat -> R) (select : forall l, nat * nat -> pruning (m l) (n l)).
Hypothesis all_priced : forall l, priced (W l) (e l) (price l) (select l).

Definition total_price s := \sum_l price l (s l).

Definition prune s : network_pruning := fun l => select l (s l).

Lemma meets_fits s l : meets s -> s l \in shapes (m l) (n l).
Proof. by case/andP=> /forallP/(_ l)/andP[]. Qed.

(* What is answered has the shapes that were chosen, so it meets the target. *)
Theorem prune_meets s : meets s -> meets (shapes_of (prune s)).
Proof.
move=> s_meets; rewrite (@meets_eq _ s) // => l; by have [] := all_priced (meets_fits l s_meets).
Qed.

Let error := \sum_l e l.

Lemma prune_cost s : meets s -> network_cost W (prune s) <= total_price s + error.
Proof.
move=> s_meets; rewrite /network_cost /total_price /error -big_split; apply: ler_sum => l _.
by have [] := all_priced (meets_fits l s_meets).
Qed.

Lemma total_price_two P : total_price (shapes_of P) <= network_cost W P *+ 2 + error.
Proof.
rewrite /network_cost /total_price /error -sumrMnl -big_split; apply: ler_sum => l _.
by have [_ _] := all_priced (shape_of_mem (P l)); apply.
Qed.

(* Prices off by at most error in all, chosen within a factor 1 + slack of the least total: dual bound and cost. *)
Section Rounded.

Variables (slack : R) (s : 'I_L -> nat * nat) (P : network_pruning).
Hypothesis slack_ge0 : 0 <= slack.
Hypothesis s_meets : meets s.
Hypothesis s_least : forall s', meets s' -> total_price s <= (1 + slack) * total_price s'.
Hypothesis P_meets : meets (shapes_of P).

Theorem layers_rounded_dual : total_price s <= (1 + slack) * (network_cost W P *+ 2 + error).
Proof. by apply: le_trans (s_least P_meets) _; rewrite ler_wpmul2l ?addr_ge0 ?total_price_two ?ler01. Qed.

Theorem layers_rounded : network_cost W (prune s) <= (1 + slack) * (network_cost W P *+ 2 + error) + error.
Proof. by apply: le_trans (prune_cost s_meets) _; rewrite ler_add2r layers_rounded_dual. Qed.

End Rounded.

End Network.

(* Exact prices. *)
Section Exact.

Variables (R : realDomainType) (L : nat) (m n : 'I_L -> nat) (W : network R m n).
Variables (units : 'I_L -> nat) (allowed : 'I_L -> pred (nat * nat)) (target : nat).
Variables (price : 'I_L -> nat * nat -> R) (select : forall l, nat * nat -> pruning (m l) (n l)).
Hypothesis all_priced : forall l, priced (W l) 0 (price l) (select l).
Implicit Types (s : 'I_L -> nat * nat) (P : network_pruning m n).

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
Implicit Types (s : 'I_L -> nat * nat) (P : network_pruning m n).

Let goal := meets m n units allowed target.
Let chosen (price : 'I_L -> nat * nat -> R) s := least_price m n units allowed target price s.

Theorem independent_layers_two s P :
  chosen (fun l x => surrogate_of (W l) (independent_at (W l) x)) s -> goal (shapes_of P) ->
  network_cost W (prune (fun l => independent_at (W l)) s) <= network_cost W P *+ 2.
Proof. by apply: layers_two => l; apply/exactly_priced/independent_priced/independent_selection. Qed.

Let rows_two l := rows_first_priced (@W_ge0 l) (@rows_first_selection _ _ _ (W l)).
Let columns_two l := columns_first_priced (@W_ge0 l) (@columns_first_selection _ _ _ (W l)).

Theorem rows_first_layers_two s P :
  chosen (fun l x => cost_of (W l) (rows_first_at (W l) x)) s -> goal (shapes_of P) ->
  network_cost W (prune (fun l => rows_first_at (W l)) s) <= network_cost W P *+ 2.
Proof. by apply: layers_two => l; apply/exactly_priced/rows_two. Qed.

Theorem columns_first_layers_two s P :
  chosen (fun l x => cost_of (W l) (columns_first_at (W l) x)) s -> goal (shapes_of P) ->
  network_cost W (prune (fun l => columns_first_at (W l)) s) <= network_cost W P *+ 2.
Proof. by apply: layers_two => l; apply/exactly_priced/columns_two. Qed.

(* The better order in every layer, chosen together with the shapes. *)
Theorem residual_layers_two s P :
  chosen (fun l x => cost_of (W l) (residual_at (W l) x)) s -> goal (shapes_of P) ->
  network_cost W (prune (fun l => residual_at (W l)) s) <= network_cost W P *+ 2.
Proof. by apply: layers_two => l; apply/exactly_priced/better_priced. Qed.

End Algorithms.
