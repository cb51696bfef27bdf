(* The bound of a block split, and the walk over the tree of one shape: the rules of src/certify/proof-split.ts and
   src/certify/proof-tree.ts, proved.

   w T B                 the layer on its grid; the split's matrices T (share) and B (copies)
   subsets g             all parts of a list of rows
   block_value b g S     what the rows S of a block g offer at most in b columns: sums of B over g, of w - T over S
   block_most b g        for k = 0 .. |g|: the greatest block_value of k rows
   join s t              for k: the greatest s_x + t_y with x + y = k
   row_part b gs q       the most that q rows of all blocks gs offer
   column_part b K U q   the b best columns, each with w of the kept rows K, T of its best q rows of U, less B of all U
   decided_value ...     what is kept when all rows are decided: the kept rows, and all that are left if q > 0
   node                  kept and dropped rows, and the split in force
   walk_nodes            reads nodes in preorder, the second children on a stack
   node_claim x          no pruning that keeps and drops the node's rows, of the shape, costs less than the bound

   The statements are about any ordered domain; ProofLog.v runs the programs on integers. *)

From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import zify.
From RCPrune Require Import Problem Shapes Bounds BranchAndBound.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Fixpoint subsets (g : seq nat) : seq (seq nat) :=
  if g is i :: g' then subsets g' ++ [seq i :: S | S <- subsets g'] else [:: [::]].

Lemma filter_subsets (P : pred nat) g : [seq i <- g | P i] \in subsets g.
Proof.
elim: g => //= i g IHg; rewrite mem_cat; case: ifP => _; last by rewrite IHg.
by rewrite (map_f (cons i) IHg) orbT.
Qed.

Lemma exchange_le (R : realDomainType) (x y k t c : R) : y <= t -> k + x <= c + (x - y) + (k + t - c).
Proof.
move=> y_le; have -> : c + (x - y) + (k + t - c) = (x - y) + (k + t).
  by rewrite [c + _]addrC -addrA [c + _]addrC -[k + t - c + c]addrA addNr addr0.
by rewrite [k + x]addrC -addrA ler_add2l addrC -addrA ler_addl subr_ge0.
Qed.

Section Split.

Variables (R : realDomainType) (n : nat) (w T B : nat -> nat -> R).
Implicit Types (K D U g S : seq nat) (gs : seq (seq nat)).

Definition offer g S j : R := add_over g (fun i => B i j + (if i \in S then w i j - T i j else 0)).

Definition block_value b g S : R := add_top b [seq offer g S j | j <- iota 0 n].

Definition block_most b g : seq R :=
  [seq maximum [seq block_value b g S | S <- subsets g & size S == k] | k <- iota 0 (size g).+1].

Definition join (s t : seq R) : seq R :=
  [seq maximum [seq nth 0 s x + nth 0 t (k - x) | x <- iota 0 k.+1 & (x < size s)%N && (k - x < size t)%N]
  | k <- iota 0 (size s + size t).-1].

Definition blocks_most b gs : seq R := foldr (fun g => join (block_most b g)) [:: 0] gs.

Definition row_part b gs q : R := nth 0 (blocks_most b gs) q.

Definition column_part b K U q : R :=
  add_top b [seq add_over K (w^~ j) + add_top q [seq T i j | i <- U] - add_over U (B^~ j) | j <- iota 0 n].

Lemma size_join s t : size (join s t) = (size s + size t).-1.
Proof. by rewrite size_map size_iota. Qed.

Lemma size_block_most b g : size (block_most b g) = (size g).+1.
Proof. by rewrite size_map size_iota. Qed.

Lemma size_blocks_most b gs : size (blocks_most b gs) = (size (flatten gs)).+1.
Proof. by elim: gs => //= g gs IHgs; rewrite size_join size_block_most size_cat IHgs addnS addSn. Qed.

Lemma join_ge s t x y : (x < size s)%N -> (y < size t)%N -> nth 0 s x + nth 0 t y <= nth 0 (join s t) (x + y).
Proof.
move=> x_lt y_lt; have xy_lt : (x + y < (size s + size t).-1)%N by lia.
rewrite (nth_map 0%N) ?size_iota // nth_iota // add0n; apply: maximum_ge.
apply/mapP; exists x; last by rewrite addKn.
by rewrite mem_filter addKn x_lt y_lt mem_iota /=; lia.
Qed.

Variables (m : nat).
Implicit Types p : pruning m n.

Definition keeps_row p : pred nat := fun i => i \in numbers (~: p.1).
Definition keeps_column p : pred nat := fun j => j \in numbers (~: p.2).

Lemma block_most_ge p g :
  \sum_(j <- iota 0 n | keeps_column p j) offer g [seq i <- g | keeps_row p i] j <=
  nth 0 (block_most #|~: p.2| g) (count (keeps_row p) g).
Proof.
have count_lt : (count (keeps_row p) g < (size g).+1)%N by rewrite ltnS count_size.
rewrite (nth_map 0%N) ?size_iota // nth_iota // add0n.
apply: le_trans (top_columns p _) _; apply: maximum_ge.
apply: (map_f (block_value #|~: p.2| g) (x := [seq i <- g | keeps_row p i])).
by rewrite mem_filter size_filter eqxx filter_subsets.
Qed.

Lemma blocks_most_ge p gs :
  \sum_(g <- gs) \sum_(j <- iota 0 n | keeps_column p j) offer g [seq i <- g | keeps_row p i] j <=
  row_part #|~: p.2| gs (count (keeps_row p) (flatten gs)).
Proof.
rewrite /row_part; elim: gs => [|g gs IHgs]; first by rewrite big_nil.
rewrite big_cons /= count_cat; apply: le_trans (ler_add (block_most_ge p g) IHgs) _.
by apply: join_ge; rewrite ?size_block_most ?size_blocks_most ltnS count_size.
Qed.

Lemma offer_kept p g j : offer g [seq i <- g | keeps_row p i] j =
  \sum_(i <- g) B i j + \sum_(i <- g | keeps_row p i) (w i j - T i j).
Proof.
rewrite /offer add_overE big_split /=; congr (_ + _); rewrite [RHS]big_mkcond /= !big_seq.
by apply: eq_bigr => i i_in; rewrite mem_filter i_in andbT.
Qed.

(* What blocks offer in a column is B of all rows and w - T of the kept ones. *)
Lemma blocks_offer p gs (J : pred nat) :
  \sum_(g <- gs) \sum_(j <- iota 0 n | J j) offer g [seq i <- g | keeps_row p i] j =
  \sum_(j <- iota 0 n | J j) (\sum_(i <- flatten gs) B i j + \sum_(i <- flatten gs | keeps_row p i) (w i j - T i j)).
Proof.
elim: gs => [|g gs IHgs].
  by rewrite big_nil big1 // => j _; rewrite !big_nil addr0.
rewrite big_cons IHgs -big_split; apply: eq_bigr => j _ /=; rewrite !big_cat /= offer_kept.
by rewrite addrACA.
Qed.

(* The rows of a path: the kept ones among those left are as many as are missing. *)
Lemma count_left p K D U : path_rows m K D -> consistent K D p -> perm_eq U (rest m K D) ->
  count (keeps_row p) U = (#|~: p.1| - size K)%N.
Proof. by move=> KD cons /permP ->; rewrite (count_rest KD cons) addKn. Qed.

Lemma kept_left p K D U : path_rows m K D -> consistent K D p -> perm_eq U (rest m K D) ->
  kept (matrix_of m n w) p.1 p.2 =
  \sum_(j <- iota 0 n | keeps_column p j) (add_over K (w^~ j) + \sum_(i <- U | keeps_row p i) w i j).
Proof.
move=> KD cons U_rest; rewrite kept_numbers.
rewrite (big_rest _ (fun i => \sum_(j <- iota 0 n | keeps_column p j) w i j) KD cons) big_split /=.
rewrite exchange_big /=; congr (_ + _); first by apply: eq_bigr => j _; rewrite add_overE.
by rewrite -(perm_big _ U_rest) exchange_big.
Qed.

(* The identity, and the best choice of either side. *)
Theorem block_split_sound p K D U gs : path_rows m K D -> consistent K D p -> perm_eq U (rest m K D) ->
  flatten gs = U ->
  kept (matrix_of m n w) p.1 p.2 <=
  row_part #|~: p.2| gs (#|~: p.1| - size K) + column_part #|~: p.2| K U (#|~: p.1| - size K).
Proof.
move=> KD cons U_rest gs_U; have count_q := count_left KD cons U_rest; set q := (_ - size K)%N in count_q *.
pose right j : R := add_over K (w^~ j) + add_top q [seq T i j | i <- U] - add_over U (B^~ j).
apply: le_trans (_ : \sum_(g <- gs) \sum_(j <- iota 0 n | keeps_column p j) offer g [seq i <- g | keeps_row p i] j +
    \sum_(j <- iota 0 n | keeps_column p j) right j <= _); last first.
  by apply: ler_add; [rewrite -count_q -gs_U blocks_most_ge | apply: top_columns].
rewrite blocks_offer gs_U -big_split /= (kept_left KD cons U_rest); apply: ler_sum => j _.
have T_le : \sum_(i <- U | keeps_row p i) T i j <= add_top q [seq T i j | i <- U].
  by rewrite add_topE -count_q; apply: top_sum.
rewrite /right !add_overE big_split /= sumrN.
exact: exchange_le.
Qed.

(* All rows are decided when none of those left is to be kept, or all of them. *)
Definition decided_value b K U q : R :=
  add_top b [seq add_over K (w^~ j) + (if q == 0%N then 0 else add_over U (w^~ j)) | j <- iota 0 n].

Theorem decided_sound p K D U : path_rows m K D -> consistent K D p -> perm_eq U (rest m K D) ->
  let q := (#|~: p.1| - size K)%N in (q == 0%N) || (q == size U) ->
  kept (matrix_of m n w) p.1 p.2 <= decided_value #|~: p.2| K U q.
Proof.
move=> KD cons U_rest /=; rewrite -(count_left KD cons U_rest) (kept_left KD cons U_rest) => q_decided.
apply: le_trans (top_columns p _); apply: ler_sum => j _; rewrite ler_add2l.
case: eqP q_decided => [/eqP|_ /= /eqP all_kept].
  by rewrite -leqn0 leqNgt -has_count => /hasPn none _; rewrite big_hasC // -all_predC; apply/allP.
have /allP every : all (keeps_row p) U by rewrite all_count all_kept.
by rewrite add_overE big_seq_cond [leRHS]big_seq (eq_bigl (mem U)) // => i; rewrite andb_idr // => /every.
Qed.

End Split.

(* The walk over the nodes of a shape's tree. *)
Section Walk.

Variables (R : realDomainType) (m n : nat) (w W : nat -> nat -> R) (a b : nat) (order : seq nat).
Variables (floor bound : R).
Implicit Types (p : pruning m n).

(* A split as its record gives it: the depth at which it was given, sizes of blocks, and both matrices by row and column. *)
Record split := Split { first : nat; blocks : seq nat; share : nat -> nat -> R; copies : nat -> nat -> R }.

Record node := Node { kept_rows : seq nat; dropped_rows : seq nat; in_force : option split }.

Inductive symbol := Open | Bounded | Exact.

Definition depth x := (size (kept_rows x) + size (dropped_rows x))%N.
Definition rows_left x := drop (depth x) order.
Definition to_keep x := (a - size (kept_rows x))%N.
Definition is_decided x := (to_keep x == 0%N) || (to_keep x == size (rows_left x)).

(* That the path and the order agree holds whenever the order has every row once; it is cheaper to look than to prove. *)
Definition in_order x := perm_eq (rows_left x) (rest m (kept_rows x) (dropped_rows x)).

(* Rows decided since the split was given leave its blocks. *)
Definition cut s d := [seq [seq i <- g | (d <= index i order)%N] | g <- reshape (blocks s) (drop (first s) order)].

Definition decided_at (v : nat -> nat -> R) x := decided_value n v b (kept_rows x) (rows_left x) (to_keep x).

Definition total_of (v : nat -> nat -> R) : R := total m n v.

Definition closes y x : bool :=
  match y with
  | Open => false
  | Exact => [&& in_order x, is_decided x & bound <= total_of W - decided_at W x]
  | Bounded =>
      in_order x &&
      if is_decided x then decided_at w x <= floor
      else if in_force x is Some s then
        let gs := cut s (depth x) in
        (flatten gs == rows_left x) &&
        (row_part n w (share s) (copies s) b gs (to_keep x) +
         column_part n w (share s) (copies s) b (kept_rows x) (rows_left x) (to_keep x) <= floor)
      else false
  end.

Definition next_row x := nth 0%N order (depth x).

Definition branches x :=
  [&& ~~ is_decided x, (next_row x < m)%N, next_row x \notin kept_rows x & next_row x \notin dropped_rows x].

Definition keep_child x := Node (next_row x :: kept_rows x) (dropped_rows x) (in_force x).
Definition drop_child x := Node (kept_rows x) (next_row x :: dropped_rows x) (in_force x).

Inductive walk := Fault | Complete of seq symbol | Going of node & seq node.

Fixpoint walk_nodes (ys : seq symbol) x (waiting : seq node) : walk :=
  match ys with
  | [::] => Going x waiting
  | Open :: ys' => if branches x then walk_nodes ys' (keep_child x) (drop_child x :: waiting) else Fault
  | y :: ys' =>
      if closes y x then
        if waiting is x' :: waiting' then walk_nodes ys' x' waiting' else Complete ys'
      else Fault
  end.

Definition claim p := #|~: p.1| = a -> #|~: p.2| = b -> bound <= cost_of (matrix_of m n W) p.

Definition node_claim x :=
  path_rows m (kept_rows x) (dropped_rows x) -> forall p, consistent (kept_rows x) (dropped_rows x) p -> claim p.

Fixpoint claims xs := if xs is x :: xs' then node_claim x /\ claims xs' else True.

(* What closed the leaves so far: if the node in turn and the waiting ones hold, the whole tree does. *)
Definition invariant x waiting (tree : Prop) := node_claim x -> claims waiting -> tree.

(* A pruning that keeps no more than the floor on the grid costs at least the bound. *)
Hypothesis floor_sound : forall p, kept (matrix_of m n w) p.1 p.2 <= floor -> bound <= cost_of (matrix_of m n W) p.

Lemma closes_sound y x : closes y x -> node_claim x.
Proof.
case: y => //= [/andP[ordered]|/and3P[ordered decided enough]] => [closed|] KD p cons card_a card_b; last first.
  apply: le_trans enough _; rewrite ler_subl_addr /total_of totalE -(cost_kept _ p.1 p.2) ler_add2l.
  by rewrite /decided_at /to_keep -card_a -card_b; apply: (decided_sound _ KD cons ordered); rewrite card_a.
apply: floor_sound; case: ifP closed => [decided closed|_].
  by apply: le_trans closed; rewrite /decided_at /to_keep -card_a -card_b; apply: (decided_sound _ KD cons ordered);
    rewrite card_a.
case: (in_force x) => // s /andP[/eqP flat]; apply: le_trans.
by rewrite /to_keep -card_a -card_b; apply: (block_split_sound _ _ _ KD cons ordered flat).
Qed.

Lemma branches_sound x : branches x -> node_claim (keep_child x) -> node_claim (drop_child x) -> node_claim x.
Proof.
case/and4P => _ i_lt iK iD keep_claim drop_claim KD p [K_kept D_dropped].
have [i_dropped|i_kept] := boolP (Ordinal i_lt \in p.1).
  apply: drop_claim; first exact: path_rows_drop.
  by split=> // k; rewrite inE => /predU1P[->|/D_dropped //]; rewrite (mem_numbers _ (Ordinal i_lt)).
apply: keep_claim; first exact: path_rows_keep.
by split=> // k; rewrite inE => /predU1P[->|/K_kept //]; rewrite (mem_numbers _ (Ordinal i_lt)) inE.
Qed.

Theorem walk_sound (tree : Prop) ys x waiting : invariant x waiting tree ->
  match walk_nodes ys x waiting with
  | Fault => True
  | Complete _ => tree
  | Going x' waiting' => invariant x' waiting' tree
  end.
Proof.
elim: ys x waiting => [|y ys IHys] x waiting inv //=.
case: y => /=; [case: ifP => // branched | case: ifP => // closed | case: ifP => // closed].
- by apply: IHys => keep_claim [drop_claim rest_claim]; apply: inv => //; apply: branches_sound branched _ _.
- have claim_x := @closes_sound Bounded x closed.
  case: waiting inv => [|x' waiting'] inv; first exact: inv.
  by apply: IHys => claim' claims'; apply: inv.
- have claim_x := @closes_sound Exact x closed.
  case: waiting inv => [|x' waiting'] inv; first exact: inv.
  by apply: IHys => claim' claims'; apply: inv.
Qed.

(* The root decides nothing: its claim is that of the shape. *)
Definition root := Node [::] [::] None.

Lemma root_invariant : invariant root [::] (forall p, claim p).
Proof. by move=> root_claim _ p; apply: root_claim => //; split. Qed.

(* A split changes what the node in turn may use, not what it claims. *)
Lemma split_invariant (tree : Prop) x s waiting :
  invariant x waiting tree -> invariant (Node (kept_rows x) (dropped_rows x) (Some s)) waiting tree.
Proof. by []. Qed.

End Walk.
