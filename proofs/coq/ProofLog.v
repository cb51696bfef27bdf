(* The checker of proof logs as a program, with the rules of src/certify/proof-log.ts, and its soundness: theorem T10.

   Everything is a binary integer; importances and costs are in units of 2^-149.

   layer                 rows, columns, units of an entry, minima of kept lines, importances
   on_grid e cap x       an importance capped at 2^cap and rounded down to the grid of 2^e, in units of 2^e
   step_of y             the lowest bit of a layer's importances; 0 when all are 0
   next_cost s x         the least multiple of s from x on (x itself when s is 0)
   cost_limit e s B      the cost on the grid that proves a true cost of B, for a multiple B of the step s
   record                a line of a log: row and column bounds, the head of a tree, a split, nodes, the optimum; Unreadable for
                         a line that is none of these (the grammar of lines is outside Coq)
   fact                  layer, removed rows, removed columns, bound: no pruning of the shape costs less
   check_records         all records in turn: the facts they prove, and the optimum stated
   lookup                the greatest bound of all facts of shapes that remove no more rows and no more columns
   reaches_all           every choice of one allowed shape for each layer that reaches the target has a sum of bounds >= cost
   accepts               the verdict

   step_reaches          multiples of the step are at least B when they are more than B - step, for a multiple B;
                         step_fails: not for other B
   accepted_sound        T10: what is accepted is true: no pruning that meets the goal costs less than the optimum stated
   accepted_optimal      so a pruning that meets the goal at this cost is optimal *)

From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import zify.
From mathcomp.zify Require Import ssrZ.
From Coq Require Import ZArith Lia.
From RCPrune Require Import Problem Shapes Bounds BranchAndBound BlockSplit.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.
Delimit Scope nat_scope with N. (* ZArith gives the key to another scope *)

Definition integers := [realDomainType of Z].

(* Arithmetic of the grid and of the step. *)

Definition power (e : Z) : Z := Z.pow 2 (e + 149).

Definition on_grid (e cap x : Z) : Z := Z.div (Z.min x (power cap)) (power e).

Definition next_cost (s x : Z) : Z := if Z.eqb s 0 then x else Z.mul (Z.div (x + s - 1) s) s.

Definition cost_limit (e s B : Z) : Z := if Z.eqb B 0 then 0%Z else (Z.div (B - s) (power e) + 1)%Z.

Lemma power_gt0 e : (-149 <= e)%Z -> (0 < power e)%Z.
Proof. by move=> e_ge; apply: Z.pow_pos_nonneg; lia. Qed.

(* Capping and rounding down lower an importance. *)
Lemma on_grid_le e cap x : (-149 <= e)%Z -> (on_grid e cap x * power e <= x)%Z.
Proof.
move=> e_ge; have u_gt0 := power_gt0 e_ge; rewrite /on_grid.
have := Z.mul_div_le (Z.min x (power cap)) (power e) u_gt0; lia.
Qed.

(* The step lemma: multiples of s are at least B when they are more than B - s. *)
Theorem step_reaches s B c : (0 <= s)%Z -> Z.divide s B -> Z.divide s c -> (B - s < c)%Z -> (B <= c)%Z.
Proof.
move=> s_ge0 [k ->] [k' ->] above; have [k_le|k_gt] := Z.le_gt_cases k' (k - 1).
  by have := Z.mul_le_mono_nonneg_r _ _ s s_ge0 k_le; lia.
by apply: Z.mul_le_mono_nonneg_r; lia.
Qed.

(* For a B that is no multiple this is false: costs 4 and 8, B = 7. *)
Theorem step_fails : [/\ Z.divide 4 4, Z.divide 4 8, (7 - 4 < 4)%Z & ~ (7 <= 4)%Z].
Proof. by split; [exists 1%Z | exists 2%Z | lia | lia]. Qed.

Lemma next_cost_multiple s x : s <> 0%Z -> Z.divide s (next_cost s x).
Proof. by rewrite /next_cost => /Z.eqb_neq ->; exists (Z.div (x + s - 1) s). Qed.

(* A cost that is a multiple of the step reaches the next cost when it reaches x. *)
Lemma next_cost_reached s x c : (0 <= s)%Z -> Z.divide s c -> (x <= c)%Z -> (next_cost s x <= c)%Z.
Proof.
move=> s_ge0 [k ->] x_le; rewrite /next_cost; case: Z.eqb_spec => [//|s_neq0].
have quotient_lt : (Z.div (x + s - 1) s < k + 1)%Z by apply: Z.div_lt_upper_bound; lia.
by apply: Z.mul_le_mono_nonneg_r; lia.
Qed.

Theorem cost_limit_reached e s B c c' : (-149 <= e)%Z -> (0 <= s)%Z -> (0 <= c)%Z -> Z.divide s c ->
  (s <> 0%Z -> Z.divide s B) -> (cost_limit e s B <= c')%Z -> (c' * power e <= c)%Z -> (B <= c)%Z.
Proof.
move=> e_ge s_ge0 c_ge0 s_c s_B; rewrite /cost_limit; have u_gt0 := power_gt0 e_ge.
case: Z.eqb_spec => [-> //|_] limit_le grid_le.
have above := Z.mul_succ_div_gt (B - s) (power e) u_gt0.
have c_gt : (B - s < c)%Z by nia.
case: (Z.eq_dec s 0) => [s0|s_neq0]; first by lia.
exact: step_reaches (s_B s_neq0) s_c c_gt.
Qed.

(* Layers. *)

Record layer := Layer {
  rows : nat;
  columns : nat;
  units : Z;
  least_rows : nat; (* to be kept *)
  least_columns : nat;
  entries : seq (seq Z)
}.

Definition no_layer := Layer 0 0 1 0 0 [::].

Definition entry (y : layer) (i j : nat) : integers := nth 0%Z (nth [::] (entries y) i) j.

Definition well_formed (y : layer) : bool := all (all (fun x => Z.leb 0 x)) (entries y).

Lemma entry_ge0 y i j : well_formed y -> 0 <= entry y i j.
Proof.
move=> /allP y_ge0; rewrite /entry; have [i_lt|i_ge] := ltnP i (size (entries y)); last first.
  by rewrite [nth [::] _ i]nth_default // nth_nil.
have /allP row_ge0 := y_ge0 _ (mem_nth [::] i_lt).
have [j_lt|j_ge] := ltnP j (size (nth [::] (entries y) i)); last by rewrite nth_default.
by have := row_ge0 _ (mem_nth 0%Z j_lt).
Qed.

Definition step_of (y : layer) : Z := let union := foldr Z.lor 0%Z (flatten (entries y)) in Z.land union (Z.opp union).

(* That it divides every importance is cheaper to look than to prove. *)
Definition step_divides (y : layer) : bool :=
  let s := step_of y in
  Z.leb 0 s && all (fun x => if Z.eqb s 0 then Z.eqb x 0 else Z.eqb (Z.modulo x s) 0) (flatten (entries y)).

Lemma step_divides_entry y i j : step_divides y -> Z.divide (step_of y) (entry y i j).
Proof.
move=> /andP[_ /allP divides]; rewrite /entry; have [i_lt|i_ge] := ltnP i (size (entries y)); last first.
  by rewrite [nth [::] _ i]nth_default // nth_nil; exists 0%Z.
have [j_lt|j_ge] := ltnP j (size (nth [::] (entries y) i)); last by rewrite nth_default //; exists 0%Z.
have x_in : nth 0%Z (nth [::] (entries y) i) j \in flatten (entries y).
  by apply/flattenP; exists (nth [::] (entries y) i); rewrite mem_nth.
have := divides _ x_in; case: Z.eqb_spec => [-> /Z.eqb_eq ->|s_neq0 /Z.eqb_eq]; first by exists 0%Z.
by move=> mod0; apply/Z.mod_divide.
Qed.

Lemma divide_sum (I : Type) (s : Z) (r : seq I) (P : pred I) (F : I -> integers) :
  (forall i, Z.divide s (F i)) -> Z.divide s (\sum_(i <- r | P i) F i).
Proof.
by move=> divides; elim/big_rec: _ => [|i x _ s_x]; [exists 0%Z | apply: Z.divide_add_r].
Qed.

(* Records. *)

Record head := Head {
  of_layer : nat;
  removed_rows : nat;
  removed_columns : nat;
  claimed : Z;
  transposed : bool;
  exponent : Z;
  cap : Z;
  row_order : seq nat
}.

Inductive record :=
| Lines of nat & Z & Z
| Tree of head
| SplitOf of seq nat & Z & seq Z & seq Z
| Nodes of seq symbol
| Optimum of Z
| Unreadable.

Section Check.

Variable layers : seq layer.
Implicit Types (l r c : nat) (h : head).

Let layer_at l := nth no_layer layers l.

Definition W l : 'M[integers]_(rows (layer_at l), columns (layer_at l)) := matrix_of _ _ (entry (layer_at l)).

(* Layer, removed rows, removed columns, bound. *)
Notation fact := (nat * nat * nat * Z)%type.

Definition fact_holds (f : fact) : Prop := let: (l, r, c, bound) := f in
  forall p : pruning (rows (layer_at l)) (columns (layer_at l)), shape_of p = (r, c) -> (bound : integers) <= cost_of (W l) p.

Definition in_range (least most x : Z) := Z.leb least x && Z.leb x most.

(* Row and column bounds of all shapes. *)

Definition grid_total m n (v : nat -> nat -> integers) : integers := total m n v.

Definition line_kept m n (v : nat -> nat -> integers) a b : integers :=
  Num.min (split_node v (fun _ _ => 0) n a b [::] (rest m [::] [::])) (column_node v n a b [::] (rest m [::] [::])).

(* All numbers once, not for every shape: [on_grid e cap (entry y i j)], as [line_gridE] says. *)
Definition line_grid (y : layer) (e cap : Z) : nat -> nat -> integers :=
  let most := power cap in let unit := power e in
  let table := [seq [seq (Z.div (Z.min x most) unit : integers) | x <- row] | row <- entries y] in
  fun i j => nth (0 : integers) (nth [::] table i) j.

Lemma line_gridE y e cap i j : line_grid y e cap i j = on_grid e cap (entry y i j).
Proof.
have grid0 : on_grid e cap 0 = 0%Z.
  by rewrite /on_grid Z.min_l ?Zdiv_0_l //; apply: Z.pow_nonneg.
rewrite /line_grid /entry; have [i_lt|i_ge] := ltnP i (size (entries y)); last first.
  by rewrite [nth [::] _ i]nth_default ?size_map // [nth [::] (entries y) i]nth_default // !nth_nil.
rewrite (nth_map [::]) //; have [j_lt|j_ge] := ltnP j (size (nth [::] (entries y) i)).
  by rewrite (nth_map 0%Z).
by rewrite [nth _ (map _ _) j]nth_default ?size_map // [nth _ _ j]nth_default // grid0.
Qed.

Definition line_facts l (e cap : Z) : seq fact :=
  let y := layer_at l in
  let s := step_of y in
  let v := line_grid y e cap in
  let all_v := grid_total (rows y) (columns y) v in
  [seq (l, r, c, next_cost s (Z.mul (all_v - line_kept (rows y) (columns y) v (rows y - r) (columns y - c)) (power e)))
  | r <- iota 0 (rows y).+1, c <- iota 0 (columns y).+1].

Definition valid_lines l (e cap : Z) : bool :=
  let y := layer_at l in
  [&& (l < size layers)%N, step_divides y, in_range (-149) 256 e, in_range (-149) 512 cap &
      Z.ltb (grid_total (rows y) (columns y) (fun i j => on_grid e cap (entry y i j))) (Z.pow 2 53)].

(* Trees. *)

Definition tree_rows h := if transposed h then columns (layer_at (of_layer h)) else rows (layer_at (of_layer h)).
Definition tree_columns h := if transposed h then rows (layer_at (of_layer h)) else columns (layer_at (of_layer h)).
Definition tree_kept h := (tree_rows h - (if transposed h then removed_columns h else removed_rows h))%N.
Definition tree_kept_columns h := (tree_columns h - (if transposed h then removed_rows h else removed_columns h))%N.

Definition tree_entry h (i j : nat) : integers :=
  if transposed h then entry (layer_at (of_layer h)) j i else entry (layer_at (of_layer h)) i j.

(* Both powers once, not for every entry: [on_grid (exponent h) (cap h) (tree_entry h i j)]. *)
Definition tree_grid h : nat -> nat -> integers :=
  let most := power (cap h) in let unit := power (exponent h) in fun i j => Z.div (Z.min (tree_entry h i j) most) unit.

Definition tree_bound h : Z := next_cost (step_of (layer_at (of_layer h))) (claimed h).

Definition tree_floor h : integers :=
  grid_total (tree_rows h) (tree_columns h) (tree_grid h) - cost_limit (exponent h) (step_of (layer_at (of_layer h))) (tree_bound h).

Definition valid_head h : bool :=
  let y := layer_at (of_layer h) in
  [&& (of_layer h < size layers)%N, (removed_rows h < rows y)%N, (removed_columns h < columns y)%N, Z.leb 0 (claimed h),
      in_range (-149) 256 (exponent h), in_range (-149) 512 (cap h), step_divides y,
      perm_eq (row_order h) (iota 0 (tree_rows h)) &
      Z.ltb (grid_total (tree_rows h) (tree_columns h) (tree_grid h)) (Z.pow 2 50)].

Definition split_entry h d (grain : Z) (list : seq Z) (i j : nat) : integers :=
  Z.mul (nth 0%Z list ((index i (row_order h) - d) * tree_columns h + j)) grain.

Definition valid_split h d (sizes : seq nat) (grain : Z) (shares copied : seq Z) : bool :=
  let left := drop d (row_order h) in
  let T := split_entry h d grain shares in
  let B := split_entry h d grain copied in
  let safe x := Z.ltb (Z.abs x) (Z.pow 2 53) in
  [&& all (fun size => (0 < size <= 16)%N) sizes, sumn sizes == size left, in_range 1 (Z.pow 2 50) grain,
      size shares == (size left * tree_columns h)%N, size copied == (size left * tree_columns h)%N,
      all safe shares, all safe copied &
      Z.ltb (add_over left (fun i => add_over (iota 0 (tree_columns h)) (fun j =>
        (Z.abs (T i j) + Z.abs (B i j) + Z.abs (tree_grid h i j - T i j) : Z)))) (Z.pow 2 50)].

Definition split_of h d sizes grain shares copied : split integers :=
  Split d sizes (split_entry h d grain shares) (split_entry h d grain copied).

Definition walk_tree h := walk_nodes (tree_rows h) (tree_columns h) (tree_grid h) (tree_entry h)
  (tree_kept h) (tree_kept_columns h) (row_order h) (tree_floor h) (tree_bound h).

Definition tree_fact h : fact := (of_layer h, removed_rows h, removed_columns h, tree_bound h).

(* All records. *)

Record open_tree := OpenTree { of_head : head; in_turn : node integers; waiting : seq (node integers) }.

Fixpoint check_records (log : seq record) (facts : seq fact) (current : option open_tree) : option (seq fact * Z) :=
  if log is line :: log' then
    match current, line with
    | None, Lines l e cap =>
        if valid_lines l e cap then check_records log' (line_facts l e cap ++ facts) None else None
    | None, Tree h =>
        if valid_head h then check_records log' facts (Some (OpenTree h (root integers) [::])) else None
    | None, Optimum cost => if log' is [::] then Some (facts, cost) else None
    | Some (OpenTree h x xs), SplitOf sizes grain shares copied =>
        let d := depth x in
        if valid_split h d sizes grain shares copied then
          let x' := Node (kept_rows x) (dropped_rows x) (Some (split_of h d sizes grain shares copied)) in
          check_records log' facts (Some (OpenTree h x' xs))
        else None
    | Some (OpenTree h x xs), Nodes ys =>
        match walk_tree h ys x xs with
        | Complete [::] => check_records log' (tree_fact h :: facts) None
        | Going x' xs' => check_records log' facts (Some (OpenTree h x' xs'))
        | _ => None
        end
    | _, _ => None
    end
  else None.

(* The choice of shapes. *)

Inductive goal := Target of Z | Exactly of nat & nat.

Definition allowed (g : goal) l (s : nat * nat) : bool :=
  let y := layer_at l in
  [&& (s.1 + least_rows y <= rows y)%N, (s.2 + least_columns y <= columns y)%N &
      if g is Exactly r c then s == (r, c) else true].

Definition target (g : goal) : Z := if g is Target t then t else 0%Z.

Definition removed_units l (s : nat * nat) : Z :=
  Z.mul (Z.of_nat (removed_count (rows (layer_at l)) (columns (layer_at l)) s.1 s.2)) (units (layer_at l)).

Definition importance l : integers := total (rows (layer_at l)) (columns (layer_at l)) (entry (layer_at l)).

Definition lookup (facts : seq fact) l (s : nat * nat) : Z :=
  let whole := if (s.1 == rows (layer_at l)) || (s.2 == columns (layer_at l)) then importance l else 0 in
  foldr (fun (f : fact) (most : Z) => let: (l', r, c, bound) := f in
           if [&& l' == l, (r <= s.1)%N & (c <= s.2)%N] then Z.max bound most else most) whole facts.

Definition menu (facts : seq fact) (g : goal) l : seq (Z * Z) :=
  [seq (removed_units l s, lookup facts l s) | s <- shapes (rows (layer_at l)) (columns (layer_at l)) & allowed g l s].

Fixpoint reaches_all (wanted cost : Z) (menus : seq (seq (Z * Z))) (units_so_far bound_so_far : Z) : bool :=
  if menus is choices :: menus' then
    all (fun x : Z * Z => reaches_all wanted cost menus' (units_so_far + x.1)%Z (bound_so_far + x.2)%Z) choices
  else Z.leb wanted units_so_far ==> Z.leb cost bound_so_far.

Definition accepts (g : goal) (log : seq record) (cost : Z) : bool :=
  if check_records log [::] None is Some (facts, optimum) then
    Z.eqb optimum cost && reaches_all (target g) cost [seq menu facts g l | l <- iota 0 (size layers)] 0 0
  else false.

(* Soundness. *)

Hypothesis layers_ok : all well_formed layers.

Lemma layer_ok l : well_formed (layer_at l).
Proof.
rewrite /layer_at; have [l_lt|l_ge] := ltnP l (size layers); last by rewrite nth_default.
exact: (all_nthP no_layer layers_ok).
Qed.

Lemma leZ (x y : integers) : (x <= y)%Z -> x <= y.
Proof. lia. Qed.

Lemma less_kept (x y z : integers) : x <= y -> (z - y <= (z - x)%R)%Z.
Proof. lia. Qed.

Lemma max_le (x y z : integers) : x <= z -> y <= z -> (Z.max x y : integers) <= z.
Proof. lia. Qed.

Lemma matrix_ge0 m n (v : nat -> nat -> integers) : (forall i j, 0 <= v i j) -> nonneg (matrix_of m n v).
Proof. by move=> v_ge0 i j; rewrite mxE. Qed.

Lemma cost_divides m n (v : nat -> nat -> integers) s (p : pruning m n) : (forall i j, Z.divide s (v i j)) ->
  Z.divide s (cost_of (matrix_of m n v) p).
Proof. by move=> divides; apply: divide_sum => e; rewrite mxE. Qed.

(* The grid lowers costs. *)
Lemma grid_cost m n (v v' : nat -> nat -> integers) e (p : pruning m n) :
  (forall i j, (v i j * power e <= v' i j)%Z) ->
  (cost_of (matrix_of m n v) p * power e <= cost_of (matrix_of m n v') p)%Z.
Proof.
move=> v_le; suff : (cost_of (matrix_of m n v) p : integers) * (power e : integers) <= cost_of (matrix_of m n v') p by lia.
rewrite /cost_of /cost mulr_suml; apply: ler_sum => x _; rewrite !mxE.
by have := v_le x.1 x.2; lia.
Qed.

Lemma total_kept m n (v : nat -> nat -> integers) (p : pruning m n) :
  cost_of (matrix_of m n v) p = grid_total m n v - kept (matrix_of m n v) p.1 p.2.
Proof. by rewrite /grid_total totalE -(cost_kept _ p.1 p.2) addrK. Qed.

(* Trees. *)

Lemma tree_entry_ge0 h i j : 0 <= tree_entry h i j.
Proof. by rewrite /tree_entry; case: ifP => _; apply: entry_ge0 (layer_ok _). Qed.

Lemma tree_floor_sound h (p : pruning (tree_rows h) (tree_columns h)) : valid_head h ->
  kept (matrix_of _ _ (tree_grid h)) p.1 p.2 <= tree_floor h ->
  (tree_bound h : integers) <= cost_of (matrix_of _ _ (tree_entry h)) p.
Proof.
case/and5P => _ _ _ _ /and5P[/andP[/Z.leb_le e_ge _] _ divides _ _] kept_le.
have /andP[/Z.leb_le s_ge0 _] := divides.
have c_ge0 : 0 <= cost_of (matrix_of _ _ (tree_entry h)) p.
  by apply: cost_ge0; apply: matrix_ge0 => i j; apply: tree_entry_ge0.
have grid_le := @grid_cost _ _ (tree_grid h) (tree_entry h) (exponent h) p
  (fun i j => @on_grid_le (exponent h) (cap h) (tree_entry h i j) e_ge).
have divides_c : Z.divide (step_of (layer_at (of_layer h))) (cost_of (matrix_of _ _ (tree_entry h)) p).
  by apply: cost_divides => i j; rewrite /tree_entry; case: ifP => _; apply: step_divides_entry.
have limit_le : (cost_limit (exponent h) (step_of (layer_at (of_layer h))) (tree_bound h) <=
    cost_of (matrix_of _ _ (tree_grid h)) p)%Z.
  by move: kept_le; rewrite total_kept /tree_floor; lia.
have reached := @cost_limit_reached _ _ (tree_bound h) _ _ e_ge s_ge0 _ divides_c _ limit_le grid_le.
suff : (tree_bound h <= cost_of (matrix_of _ _ (tree_entry h)) p)%Z by lia.
by apply: reached => [|s_neq0]; [lia | apply: next_cost_multiple].
Qed.

Definition tree_claim h : Prop :=
  forall p : pruning (tree_rows h) (tree_columns h),
    claim (tree_entry h) (tree_kept h) (tree_kept_columns h) (tree_bound h : integers) p.

Lemma card_kept k (S : {set 'I_k}) r : #|S| = r -> #|~: S| = (k - r)%N.
Proof. by have := cardsC S; rewrite card_ord => /[swap] <-; lia. Qed.

Lemma tree_fact_sound h : tree_claim h -> fact_holds (tree_fact h).
Proof.
case: h => l r c b t e k order; rewrite /tree_claim /tree_fact /fact_holds /claim /tree_kept /tree_kept_columns.
rewrite /tree_rows /tree_columns /tree_entry /=; case: t => /= all_p p [card_r card_c]; last first.
  by apply: all_p; apply: card_kept.
have -> : cost_of (W l) p = cost_of (matrix_of _ _ (fun i j => entry (layer_at l) j i)) (p.2, p.1).
  rewrite /cost_of /= -(cost_tr (W l)); congr (cost _ _ _).
  by apply/matrixP => i j; rewrite !mxE.
by apply: all_p; apply: card_kept.
Qed.

(* Lines. *)

Lemma line_kept_sound m n (v : nat -> nat -> integers) (p : pruning m n) :
  kept (matrix_of m n v) p.1 p.2 <= line_kept m n v #|~: p.1| #|~: p.2|.
Proof.
have nothing : consistent [::] [::] p by split.
by rewrite /line_kept le_minr (split_node_sound _ _ _ nothing) // (column_node_sound _ _ nothing).
Qed.

Lemma line_facts_sound l e k : valid_lines l e k -> {in line_facts l e k, forall f, fact_holds f}.
Proof.
case/and5P => _ divides /andP[/Z.leb_le e_ge _] _ _ f /allpairsP[[r c] [_ _ ->]] /= p [card_r card_c].
have /andP[/Z.leb_le s_ge0 _] := divides.
pose v := line_grid (layer_at l) e k.
have v_le i j : (v i j * power e <= entry (layer_at l) i j)%Z by rewrite /v line_gridE; apply: on_grid_le.
have grid_le := @grid_cost _ _ v (entry (layer_at l)) e p v_le.
have divides_c : Z.divide (step_of (layer_at l)) (cost_of (W l) p).
  by apply: cost_divides => i j; apply: step_divides_entry.
apply: leZ; apply: next_cost_reached => //; apply: Z.le_trans grid_le.
have u_gt0 := power_gt0 e_ge; apply: Z.mul_le_mono_nonneg_r; first by lia.
have := line_kept_sound v p; rewrite (card_kept card_r) (card_kept card_c) total_kept; exact: less_kept.
Qed.

(* All records. *)

Definition tree_invariant (t : open_tree) : Prop := let: OpenTree h x xs := t in
  valid_head h /\ invariant (tree_rows h) (tree_columns h) (tree_entry h) (tree_kept h) (tree_kept_columns h)
    (tree_bound h : integers) x xs (tree_claim h).

Lemma facts_cat (s t : seq fact) : {in s, forall f, fact_holds f} -> {in t, forall f, fact_holds f} ->
  {in s ++ t, forall f, fact_holds f}.
Proof. by move=> s_holds t_holds f; rewrite mem_cat => /orP[/s_holds|/t_holds]. Qed.

Theorem check_records_sound log facts current facts' cost :
  {in facts, forall f, fact_holds f} -> (if current is Some t then tree_invariant t else True) ->
  check_records log facts current = Some (facts', cost) -> {in facts', forall f, fact_holds f}.
Proof.
elim: log facts current => [|line log IHlog] facts current facts_hold //.
case: current => [[h x xs]|] /=; case: line => //.
- move=> sizes grain shares copied [valid inv]; case: ifP => // _; apply: IHlog => //.
- move=> ys [valid inv]; rewrite /walk_tree.
  have := walk_sound (row_order h) (fun p => @tree_floor_sound h p valid) ys inv.
  case: walk_nodes => [//|[|//]|x' xs'] walked; last by apply: IHlog.
  by apply: IHlog => // f; rewrite inE => /predU1P[->|/facts_hold //]; apply: tree_fact_sound.
- move=> l e k _; case: ifP => // valid; apply: IHlog => //.
  exact: facts_cat (line_facts_sound valid) facts_hold.
- move=> h _; case: ifP => // valid; apply: IHlog => //; split=> //; exact: root_invariant.
- by move=> optimum _; case: log {IHlog} => // -[<- _].
Qed.

(* The bound of a shape: a shape that removes more costs no less. *)
Lemma lookup_sound facts l (p : pruning (rows (layer_at l)) (columns (layer_at l))) :
  {in facts, forall f, fact_holds f} -> (lookup facts l (shape_of p) : integers) <= cost_of (W l) p.
Proof.
have W_ge0 : nonneg (W l) by apply: matrix_ge0 => i j; apply: entry_ge0 (layer_ok _).
rewrite /lookup; elim: facts => [|[[[l' r] c] bound] facts IHfacts] facts_hold /=.
  case: ifP => [whole|_]; last exact: cost_ge0.
  rewrite /importance totalE -(cost_kept _ p.1 p.2) kept_weight ger_addl.
  case/orP: whole => /eqP full.
    have -> : ~: p.1 = set0.
      by apply/eqP; rewrite -cards_eq0 (card_kept (r := #|p.1|)) //; move: full; rewrite /shape_of /=; lia.
    by rewrite /weight big_set0.
  have -> : ~: p.2 = set0.
    by apply/eqP; rewrite -cards_eq0 (card_kept (r := #|p.2|)) //; move: full; rewrite /shape_of /=; lia.
  by rewrite /weight big1 // => i _; rewrite big_set0.
have IH := IHfacts (fun f f_in => facts_hold f (mem_behead (s := _ :: facts) f_in)).
case: ifP => // /and3P[/eqP eq_l r_le c_le]; subst l'.
have [A A_sub card_A] := subset_of_size r_le; have [B B_sub card_B] := subset_of_size c_le.
have bound_le : (bound : integers) <= cost_of (W l) p.
  apply: le_trans (cost_mono W_ge0 A_sub B_sub).
  by apply: (facts_hold _ (mem_head _ _) (A, B)); rewrite /shape_of /= card_A card_B.
exact: max_le bound_le IH.
Qed.

Lemma reaches_all_sound wanted cost (ls : seq nat) (facts : seq fact) g (shape : nat -> nat * nat) units_so_far bound_so_far :
  reaches_all wanted cost [seq menu facts g l | l <- ls] units_so_far bound_so_far ->
  {in ls, forall l, shape l \in shapes (rows (layer_at l)) (columns (layer_at l)) /\ allowed g l (shape l)} ->
  (wanted <= units_so_far + \sum_(l <- ls) (removed_units l (shape l) : integers))%R ->
  (cost <= bound_so_far + \sum_(l <- ls) (lookup facts l (shape l) : integers))%R.
Proof.
elim: ls units_so_far bound_so_far => [|l ls IHls] u b /=.
  by rewrite !big_nil !addr0 => /implyP ends _ u_ge; have := ends u_ge.
move=> /allP every shapes_ok; rewrite !big_cons !addrA; apply: IHls => [|k k_in]; last first.
  by apply: shapes_ok; rewrite inE k_in orbT.
have [shape_in is_allowed] := shapes_ok l (mem_head _ _).
apply: (every (removed_units l (shape l), lookup facts l (shape l))).
apply: (map_f (fun s => (removed_units l s, lookup facts l s))).
by rewrite mem_filter is_allowed.
Qed.

(* T10, the rule that runs. A network pruning is one pruning a layer. *)

Definition network_pruning := forall l : 'I_(size layers), pruning (rows (layer_at l)) (columns (layer_at l)).

Definition meets (g : goal) (p : network_pruning) : Prop :=
  (forall l : 'I_(size layers), allowed g l (shape_of (p l))) /\
  (target g <= \sum_(l < size layers) (removed_units l (shape_of (p l)) : integers))%R.

Definition network_cost (p : network_pruning) : integers := \sum_(l < size layers) cost_of (W l) (p l).

Theorem accepted_sound g log cost (p : network_pruning) : accepts g log cost -> meets g p ->
  (cost : integers) <= network_cost p.
Proof.
rewrite /accepts; case checked: check_records => [[facts optimum]|] // /andP[_ reaches] [p_allowed p_target].
have nothing : {in ([::] : seq fact), forall f, fact_holds f} by [].
have facts_hold := @check_records_sound _ _ None _ _ nothing I checked.
pose shape l := if insub l is Some i then shape_of (p i) else (0%N, 0%N).
have shapeE (i : 'I_(size layers)) : shape i = shape_of (p i) by rewrite /shape valK.
have over_layers (F : nat -> integers) : \sum_(l <- iota 0 (size layers)) F l = \sum_(l < size layers) F l.
  by rewrite -(big_mkord xpredT F) /index_iota subn0.
have shapes_ok : {in iota 0 (size layers), forall l,
    shape l \in shapes (rows (layer_at l)) (columns (layer_at l)) /\ allowed g l (shape l)}.
  move=> l; rewrite mem_iota add0n => /andP[_ l_lt]; have := shapeE (Ordinal l_lt); rewrite /= => ->.
  by split; [apply: shape_of_mem | apply: (p_allowed (Ordinal l_lt))].
have := reaches_all_sound reaches shapes_ok; rewrite !over_layers !add0r => enough.
apply: le_trans (enough _) _; first by under eq_bigr => i _ do rewrite shapeE.
by apply: ler_sum => i _; rewrite shapeE; apply: lookup_sound.
Qed.

(* So a pruning that meets the goal at the cost accepted is optimal. *)
Corollary accepted_optimal g log cost (q : network_pruning) : accepts g log cost -> network_cost q = cost ->
  forall p, meets g p -> network_cost q <= network_cost p.
Proof. by move=> accepted -> p; apply: accepted_sound accepted. Qed.

(* The units that a shape removes are those of its entries: meeting the goal is what it should be. *)
Lemma removed_units_entries l (p : pruning (rows (layer_at l)) (columns (layer_at l))) :
  removed_units l (shape_of p) = Z.mul (Z.of_nat #|removed p.1 p.2|) (units (layer_at l)).
Proof. by rewrite /removed_units card_removed. Qed.

End Check.
