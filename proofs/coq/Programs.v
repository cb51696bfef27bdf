(* The algorithms as programs on lists: theorem T8. Evaluate.v runs them, the tests compare the TypeScript ones with
   them.

   w i j                 entry (i, j); [entry M] reads a list of rows; [matrix_of m n w]: the m x n matrix of them
   lines                 two ascending lists, the indices of the removed rows and columns; [lines_of p]: those of p
   add_up s              the sum of a list
   by_sum sums           the indices of sums, ascending by sum, ties by index
   least_lines sums k    the first k of these, in ascending order of index
   row_sums m n w, column_sums m n w
   columns_left m n w A  the column sums over the rows that A does not contain
   independent_lines m n w s, rows_first_lines, columns_first_lines, residual_lines
                         the lines of the shape s; columns first is rows first on the transpose, residual the better
                         of both, rows first on ties
   first_shapes m n P    for every number of rows the least number of columns with a shape that satisfies P
   independent_best m n w P, rows_first_best, columns_first_best, residual_best
                         the lines of the cheapest of these shapes, the first on ties
   layer                 an entry function with its size, its units an entry and its minima
   shape_table price select y
                         all allowed shapes of the layer y: units, price, lines
   network_choice price select ys target
                         one of these a layer, chosen by the knapsack program
   independent_network ys target, rows_first_network, columns_first_network, residual_network
                         the lines of every layer

   Each program is proved equal to its specification in Shapes.v, or stated through it where ties between shapes are
   broken differently: columns first tries the numbers of columns in turn, and the better of both compares the two
   orders' cheapest shapes. The order in which ties are broken is that of the TypeScript functions. *)

From mathcomp Require Import all_ssreflect all_algebra.
From RCPrune Require Import Problem Approximation Sorting Shapes Layers Knapsack.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Lists.

Variable R : realDomainType.
Implicit Types (w : nat -> nat -> R) (sums : seq R) (m n k : nat) (s : nat * nat) (P : pred (nat * nat)).

Definition lines := (seq nat * seq nat)%type.

Definition entry (M : seq (seq R)) i j : R := nth 0 (nth [::] M i) j.

Definition add_up (s : seq R) : R := foldr +%R 0 s.

Definition by_sum sums : seq nat := sort (fun i j => nth 0 sums i <= nth 0 sums j) (iota 0 (size sums)).

Definition least_lines sums k : seq nat :=
  let least := take k (by_sum sums) in [seq i <- iota 0 (size sums) | i \in least].

Definition row_sums m n w : seq R := [seq add_up [seq w i j | j <- iota 0 n] | i <- iota 0 m].

Definition transposed w i j : R := w j i.

Definition column_sums m n w : seq R := row_sums n m (transposed w).

Definition columns_left m n w (rows : seq nat) : seq R :=
  [seq add_up [seq w i j | i <- iota 0 m & i \notin rows] | j <- iota 0 n].

Definition surrogate_list m n w (p : lines) : R :=
  add_up [seq nth 0 (row_sums m n w) i | i <- p.1] + add_up [seq nth 0 (column_sums m n w) j | j <- p.2].

Definition cost_list m n w (p : lines) : R :=
  add_up [seq add_up [seq w i j | j <- iota 0 n & (i \in p.1) || (j \in p.2)] | i <- iota 0 m].

Definition independent_lines m n w s : lines :=
  (least_lines (row_sums m n w) s.1, least_lines (column_sums m n w) s.2).

Definition rows_first_lines m n w s : lines :=
  let rows := least_lines (row_sums m n w) s.1 in (rows, least_lines (columns_left m n w rows) s.2).

Definition swap (T : Type) (p : T * T) := (p.2, p.1).

Definition columns_first_lines m n w s : lines := swap (rows_first_lines n m (transposed w) (swap s)).

Definition residual_lines m n w s : lines :=
  let p := rows_first_lines m n w s in
  let q := columns_first_lines m n w s in
  if cost_list m n w p <= cost_list m n w q then p else q.

Definition first_shapes m n P : seq (nat * nat) :=
  pmap (fun r => omap (pair r) (ohead [seq c <- iota 0 n.+1 | P (r, c)])) (iota 0 m.+1).

Definition independent_best m n w P : option lines :=
  omap (independent_lines m n w)
    (cheapest (fun s => surrogate_list m n w (independent_lines m n w s)) (first_shapes m n P)).

Definition rows_first_best m n w P : option lines :=
  omap (rows_first_lines m n w)
    (cheapest (fun s => cost_list m n w (rows_first_lines m n w s)) (first_shapes m n P)).

Definition columns_first_best m n w P : option lines :=
  omap (@swap _) (rows_first_best n m (transposed w) (fun s => P (swap s))).

Definition residual_best m n w P : option lines :=
  cheapest (cost_list m n w) (seq_of_opt (rows_first_best m n w P) ++ seq_of_opt (columns_first_best m n w P)).

End Lists.

Section Specification.

Variables (R : realDomainType) (m n : nat) (w : nat -> nat -> R).
Implicit Types (s : nat * nat) (P : pred (nat * nat)) (p : pruning m n).

Definition matrix_of : 'M[R]_(m, n) := \matrix_(i, j) w i j.

Local Notation W := matrix_of.

Definition members k (A : {set 'I_k}) : seq nat := [seq val i | i <- enum A].

Definition lines_of p : lines := (members p.1, members p.2).

Lemma mem_members k (A : {set 'I_k}) (i : 'I_k) : (val i \in members A) = (i \in A).
Proof. by rewrite mem_map ?mem_enum //; apply: val_inj. Qed.

Lemma membersE k (A : {set 'I_k}) (P : pred nat) :
  (forall i : 'I_k, P i = (i \in A)) -> [seq i <- iota 0 k | P i] = members A.
Proof.
move=> P_eq; rewrite -val_enum_ord filter_map /members; congr map.
by rewrite [in RHS]/enum_mem -enumT; apply: eq_filter => i /=; rewrite P_eq.
Qed.

Lemma add_up_big T (s : seq T) (F : T -> R) : add_up [seq F x | x <- s] = \sum_(x <- s) F x.
Proof. by rewrite /add_up foldr_map unlock; elim: s => //= x s ->. Qed.

Lemma sum_iota k (F : nat -> R) (Q : pred nat) : \sum_(i <- iota 0 k | Q i) F i = \sum_(i < k | Q i) F i.
Proof. by rewrite -{1}[k]subn0 -/(index_iota 0 k) big_mkord. Qed.

(* Sorting a list of sums by index is ranking the lines. *)
Lemma least_linesE k sums (f : 'I_k -> R) c :
  size sums = k -> (forall i : 'I_k, nth 0 sums i = f i) -> least_lines sums c = members (smallest f c).
Proof.
move=> size_sums nth_sums; rewrite /least_lines /by_sum size_sums; apply: membersE => i.
rewrite -[X in sort _ X]val_enum_ord -(map_sort (leT' := ascending f)) => [|x y]; last by rewrite /= !nth_sums.
by rewrite -map_take mem_map ?inE //; apply: val_inj.
Qed.

Lemma row_sums_size : size (row_sums m n w) = m.
Proof. by rewrite size_map size_iota. Qed.

Lemma row_sums_nth (i : 'I_m) : nth 0 (row_sums m n w) i = row_sum W i.
Proof.
rewrite (nth_map 0%N) ?size_iota // nth_iota // add_up_big sum_iota.
by apply: eq_bigr => j _; rewrite mxE.
Qed.

Lemma columns_left_size rows : size (columns_left m n w rows) = n.
Proof. by rewrite size_map size_iota. Qed.

Lemma columns_left_nth (A : {set 'I_m}) (j : 'I_n) :
  nth 0 (columns_left m n w (members A)) j = residual_sum W A j.
Proof.
rewrite (nth_map 0%N) ?size_iota // nth_iota // add_up_big big_filter sum_iota.
by apply: eq_big => [i|i _]; rewrite ?mxE // inE mem_members.
Qed.

(* T8, rows first at one shape. *)
Theorem rows_first_lines_spec s : rows_first_lines m n w s = lines_of (rows_first_at W s).
Proof.
rewrite /rows_first_lines (least_linesE _ row_sums_size row_sums_nth).
by rewrite (least_linesE _ (columns_left_size _) (columns_left_nth _)).
Qed.

Lemma column_sums_size : size (column_sums m n w) = n.
Proof. by rewrite size_map size_iota. Qed.

Lemma column_sums_nth (j : 'I_n) : nth 0 (column_sums m n w) j = column_sum W j.
Proof.
rewrite (nth_map 0%N) ?size_iota // nth_iota // add_up_big sum_iota.
by apply: eq_bigr => i _; rewrite mxE.
Qed.

(* T8, independent sums at one shape. *)
Theorem independent_lines_spec s : independent_lines m n w s = lines_of (independent_at W s).
Proof.
rewrite /independent_lines (least_linesE _ row_sums_size row_sums_nth).
by rewrite (least_linesE _ column_sums_size column_sums_nth).
Qed.

Lemma cost_list_spec p : cost_list m n w (lines_of p) = cost_of W p.
Proof.
rewrite /cost_list add_up_big sum_iota /cost_of /cost.
transitivity (\sum_(i < m) \sum_(j < n | (val i \in members p.1) || (val j \in members p.2)) w i j).
  by apply: eq_bigr => i _; rewrite add_up_big big_filter sum_iota.
rewrite pair_big_dep /=; apply: eq_big => [[i j]|[i j] _]; last by rewrite mxE.
by rewrite inE /= !mem_members.
Qed.

Lemma surrogate_list_spec p : surrogate_list m n w (lines_of p) = surrogate_of W p.
Proof.
rewrite /surrogate_list !add_up_big !big_map !big_enum /=; congr (_ + _); apply: eq_bigr => i _.
  exact: row_sums_nth.
exact: column_sums_nth.
Qed.

End Specification.

Lemma matrix_tr (R : realDomainType) m n (w : nat -> nat -> R) :
  matrix_of n m (transposed w) = (matrix_of m n w)^T.
Proof. by apply/matrixP=> i j; rewrite !mxE. Qed.

(* T8, columns first at one shape. *)
Theorem columns_first_lines_spec (R : realDomainType) m n (w : nat -> nat -> R) s :
  columns_first_lines m n w s = lines_of (columns_first_at (matrix_of m n w) s).
Proof. by rewrite /columns_first_lines rows_first_lines_spec matrix_tr. Qed.

(* T8, the better of both at one shape. *)
Theorem residual_lines_spec (R : realDomainType) m n (w : nat -> nat -> R) s :
  residual_lines m n w s = lines_of (residual_at (matrix_of m n w) s).
Proof.
rewrite /residual_lines rows_first_lines_spec columns_first_lines_spec !cost_list_spec.
by rewrite /residual_at /better; case: ifP.
Qed.

(* Of the shapes with one number of rows the first that satisfies P is the cheapest, since prices grow with columns. *)
Section FirstShapes.

Variables (R : realDomainType) (price : nat * nat -> R).

Lemma cheapest_head (T : eqType) (f : T -> R) x s : {in s, forall y, f x <= f y} -> cheapest f (x :: s) = Some x.
Proof. by move=> le_s /=; case Es: cheapest => [y|//]; have [/le_s ->] := cheapest_some Es. Qed.

Lemma cheapest_cat (T : eqType) (f : T -> R) s t :
  cheapest f (s ++ t) = cheapest f (seq_of_opt (cheapest f s) ++ seq_of_opt (cheapest f t)).
Proof.
elim: s => [|x s IHs] /=; first by case: (cheapest f t).
rewrite IHs; case: (cheapest f s) => [a|]; case: (cheapest f t) => [b|] //=; last by case: ifP.
case: (leP (f a) (f b)) => ab; case: (leP (f x) (f a)) => xa /=; rewrite ?(le_trans xa ab) //.
- by rewrite ab.
- by rewrite leNgt (lt_trans ab xa) /= leNgt ab.
Qed.

Lemma eq_cheapest (T : eqType) (f g : T -> R) s : f =1 g -> cheapest f s = cheapest g s.
Proof. by move=> fg; elim: s => //= x s ->; case: (cheapest g s) => // y; rewrite !fg. Qed.

Lemma first_shapes_cheapest m n (P : pred (nat * nat)) :
  (forall r c c', (c <= c')%N -> price (r, c) <= price (r, c')) ->
  cheapest price (first_shapes m n P) = cheapest price [seq s <- shapes m n | P s].
Proof.
move=> grows; rewrite /first_shapes /shapes.
move: (iota 0 n.+1) (iota_sorted 0 n.+1) => columns columns_sorted; elim: (iota 0 m.+1) => [|r rs IHrs] //=.
rewrite filter_cat [RHS]cheapest_cat -IHrs filter_map; set first := ohead _.
have -> : cheapest price [seq (r, c) | c <- columns & P (r, c)] = omap (pair r) first.
  rewrite /first; have := sorted_filter leq_trans (fun c => P (r, c)) columns_sorted.
  case: filter => //= c cs /(order_path_min leq_trans)/allP c_least.
  by apply: cheapest_head => _ /mapP[c' /c_least c'_ge ->]; apply: grows.
by case: first => [c|] /=; case: (cheapest price (pmap _ _)).
Qed.

End FirstShapes.

Lemma smallest_sum_le (R : realDomainType) (T : finType) (f : T -> R) c c' :
  (forall x, 0 <= f x) -> (c <= c')%N -> \sum_(x in smallest f c) f x <= \sum_(x in smallest f c') f x.
Proof.
move=> f_ge0 c_le; have sub : smallest f c \subset smallest f c'.
  by apply/subsetP=> x; rewrite !inE -(take_take c_le); apply: mem_take.
by rewrite [leRHS](big_setID (smallest f c)) /= (setIidPr sub) ler_addl sumr_ge0.
Qed.

Section Best.

Variables (R : realDomainType) (m n : nat) (w : nat -> nat -> R).
Implicit Types (s : nat * nat) (P : pred (nat * nat)) (p : pruning m n).

Local Notation W := (matrix_of m n w).

Hypothesis w_ge0 : forall i j, 0 <= w i j.

Lemma matrix_ge0 : nonneg W.
Proof. by move=> i j; rewrite mxE. Qed.

(* T8, independent sums, best shape. *)
Theorem independent_best_spec P : independent_best m n w P = omap (@lines_of m n) (independent_program W P).
Proof.
rewrite /independent_best /independent_program /choose -first_shapes_cheapest => [|r c c' c_le].
  rewrite (eq_cheapest (g := fun s => surrogate_of W (independent_at W s))) => [|s].
    by case: cheapest => //= s; rewrite independent_lines_spec.
  by rewrite independent_lines_spec surrogate_list_spec.
rewrite /surrogate_of /surrogate ler_add2l smallest_sum_le // => j; rewrite /column_sum sumr_ge0 // => i _.
exact: matrix_ge0.
Qed.

(* T8, rows first, best shape. *)
Theorem rows_first_best_spec P : rows_first_best m n w P = omap (@lines_of m n) (rows_first_program W P).
Proof.
rewrite /rows_first_best /rows_first_program /choose -first_shapes_cheapest => [|r c c' c_le].
  rewrite (eq_cheapest (g := fun s => cost_of W (rows_first_at W s))) => [|s].
    by case: cheapest => //= s; rewrite rows_first_lines_spec.
  by rewrite rows_first_lines_spec cost_list_spec.
rewrite /cost_of !cost_rows_first ler_add2l smallest_sum_le // => j; rewrite /residual_sum sumr_ge0 // => i _.
exact: matrix_ge0.
Qed.

End Best.

Definition transpose_pruning m n (p : pruning m n) : pruning n m := (p.2, p.1).

Section BestOfBoth.

Variables (R : realDomainType) (m n : nat) (w : nat -> nat -> R).
Implicit Types (s : nat * nat) (P : pred (nat * nat)) (p : pruning m n).

Local Notation W := (matrix_of m n w).

Hypothesis w_ge0 : forall i j, 0 <= w i j.

Let W_ge0 : nonneg W := matrix_ge0 w_ge0.

(* Rows first on the transpose, its answer read back. *)
Definition columns_first_transposed P : option (pruning m n) :=
  omap (@transpose_pruning n m) (rows_first_program W^T (fun s => P (swap s))).

(* T8, columns first, best shape. *)
Theorem columns_first_best_spec P : columns_first_best m n w P = omap (@lines_of m n) (columns_first_transposed P).
Proof.
rewrite /columns_first_best rows_first_best_spec; last by move=> i j; apply: w_ge0.
by rewrite matrix_tr /columns_first_transposed; case: rows_first_program.
Qed.

Lemma columns_first_transposed_two P : within_two W P (columns_first_transposed P).
Proof.
move=> p Pp; have W_ge0' : nonneg W^T by move=> i j; rewrite mxE.
have [|q q_eq [Pq cost_q]] := @rows_first_program_two _ _ _ _ W_ge0' (fun s => P (swap s)) (transpose_pruning p).
  by rewrite /swap /=; case: p Pp.
exists (transpose_pruning q); first by rewrite /columns_first_transposed q_eq.
by split=> //; rewrite /cost_of -(cost_tr W) -[in leRHS](cost_tr W).
Qed.

Definition residual_of_both P : option (pruning m n) :=
  cheapest (cost_of W) (seq_of_opt (rows_first_program W P) ++ seq_of_opt (columns_first_transposed P)).

(* T8, the better of both, best shape of either order; rows first on ties. *)
Theorem residual_best_spec P : residual_best m n w P = omap (@lines_of m n) (residual_of_both P).
Proof.
rewrite /residual_best /residual_of_both rows_first_best_spec // columns_first_best_spec.
case: rows_first_program => [p|]; case: columns_first_transposed => [q|] //=.
by rewrite !cost_list_spec; case: ifP.
Qed.

Lemma residual_of_both_two P : within_two W P (residual_of_both P).
Proof.
move=> p Pp; have [q q_eq [Pq cost_q]] := rows_first_program_two W_ge0 Pp.
have [q' q'_eq [Pq' cost_q']] := columns_first_transposed_two Pp.
rewrite /residual_of_both q_eq q'_eq /=; case: leP => [le_q|/ltW le_q'].
  by exists q.
by exists q'.
Qed.

(* The list programs are within twice any pruning whose shape satisfies P. *)
Definition lines_two P (out : option lines) :=
  forall p, P (shape_of p) ->
  exists q : pruning m n, [/\ out = Some (lines_of q), P (shape_of q) & cost_of W q <= cost_of W p *+ 2].

Lemma within_two_lines P out : within_two W P out -> lines_two P (omap (@lines_of m n) out).
Proof. by move=> two p /two[q -> [Pq cost_q]]; exists q. Qed.

Theorem independent_best_two P : lines_two P (independent_best m n w P).
Proof. by rewrite independent_best_spec //; apply/within_two_lines/independent_program_two. Qed.

Theorem rows_first_best_two P : lines_two P (rows_first_best m n w P).
Proof. by rewrite rows_first_best_spec //; apply/within_two_lines/rows_first_program_two. Qed.

Theorem columns_first_best_two P : lines_two P (columns_first_best m n w P).
Proof. by rewrite columns_first_best_spec; apply/within_two_lines/columns_first_transposed_two. Qed.

Theorem residual_best_two P : lines_two P (residual_best m n w P).
Proof. by rewrite residual_best_spec; apply/within_two_lines/residual_of_both_two. Qed.

End BestOfBoth.

(* Several layers. *)
Section NetworkProgram.

Variable R : realDomainType.

Record layer := Layer {
  layer_rows : nat;
  layer_columns : nat;
  layer_units : nat;
  layer_kept_rows : nat;
  layer_kept_columns : nat;
  layer_entry : nat -> nat -> R
}.

Implicit Types (y : layer) (ys : seq layer) (s : nat * nat) (target : nat).

Definition layer_allows y s :=
  (s.1 + layer_kept_rows y <= layer_rows y)%N && (s.2 + layer_kept_columns y <= layer_columns y)%N.

Definition layer_removes y s : nat := layer_units y * removed_count (layer_rows y) (layer_columns y) s.1 s.2.

Section Choice.

Variables (price : layer -> nat * nat -> R) (select : layer -> nat * nat -> lines).

Definition shape_table y : seq (nat * R * lines) :=
  [seq (layer_removes y s, price y s, select y s) | s <- shapes (layer_rows y) (layer_columns y) & layer_allows y s].

(* The tables are made once for all targets. *)
Definition network_choice ys : nat -> option (seq (nat * R * lines)) :=
  let tables := [seq shape_table y | y <- ys] in
  fun target => least_choice (fun x => x.1.1) (fun x => x.1.2) target tables.

End Choice.

Local Notation at_layer f y := (f (layer_rows y) (layer_columns y) (layer_entry y)) (only parsing).

Definition independent_choice :=
  network_choice (fun y s => at_layer (@surrogate_list R) y (at_layer (@independent_lines R) y s))
    (fun y => at_layer (@independent_lines R) y).

Definition cost_choice (select : layer -> nat * nat -> lines) :=
  network_choice (fun y s => at_layer (@cost_list R) y (select y s)) select.

Definition rows_first_choice := cost_choice (fun y => at_layer (@rows_first_lines R) y).

Definition columns_first_choice := cost_choice (fun y => at_layer (@columns_first_lines R) y).

Definition residual_choice := cost_choice (fun y => at_layer (@residual_lines R) y).

Definition lines_chosen (c : seq (nat * R * lines)) : seq lines := [seq x.2 | x <- c].

Definition independent_network ys target := omap lines_chosen (independent_choice ys target).

Definition rows_first_network ys target := omap lines_chosen (rows_first_choice ys target).

Definition columns_first_network ys target := omap lines_chosen (columns_first_choice ys target).

Definition residual_network ys target := omap lines_chosen (residual_choice ys target).

Section OneNetwork.

Variable ys : seq layer.

Definition layer_at (l : 'I_(size ys)) : layer := tnth (in_tuple ys) l.

Let m l := layer_rows (layer_at l).
Let n l := layer_columns (layer_at l).

Definition layer_matrix l : 'M[R]_(m l, n l) := matrix_of (m l) (n l) (layer_entry (layer_at l)).

Local Notation W := layer_matrix.

Definition goal_of target (P : network_pruning m n) : bool :=
  meets m n (fun l => layer_units (layer_at l)) (fun l => layer_allows (layer_at l)) target (shapes_of P).

Definition network_lines (P : network_pruning m n) : seq lines := [seq lines_of (P l) | l <- enum 'I_(size ys)].

(* The answer reaches the target, and no pruning that does costs less than half as much. *)
Definition network_two target (out : option (seq lines)) :=
  forall P, goal_of target P ->
  exists Q, [/\ out = Some (network_lines Q), goal_of target Q & network_cost W Q <= network_cost W P *+ 2].

Variables (price : layer -> nat * nat -> R) (select : layer -> nat * nat -> lines).
Variable selected : forall l, nat * nat -> pruning (m l) (n l).
Hypothesis select_spec : forall l s, select (layer_at l) s = lines_of (selected l s).
Hypothesis selected_two : forall l, two_priced (W l) (price (layer_at l)) (selected l).

Theorem network_choice_two target : network_two target (omap lines_chosen (network_choice price select ys target)).
Proof.
move=> P P_meets; have [s [s_eq Q_meets cost_Q]] := choose_shapes_two selected_two P_meets.
exists (prune selected s); split=> //; rewrite /network_choice.
pose h (x : 'I_(size ys) * (nat * nat)) :=
  (layer_removes (layer_at x.1) x.2, price (layer_at x.1) x.2, select (layer_at x.1) x.2).
have -> : [seq shape_table price select y | y <- ys] =
    [seq map h options | options <- shape_tables m n (fun l => layer_allows (layer_at l))].
  rewrite -[ys in LHS](map_tnth_enum (in_tuple ys)) /shape_tables -!map_comp; apply: eq_map => l /=.
  by rewrite /layer_options -map_comp.
move: s_eq; rewrite least_choice_rename /choose_shapes.
case c_eq: (least_choice _ _ _ _) => [c|] //= [s_eq]; congr Some.
rewrite (choice_of_chosen (proj1 (least_choice_sound c_eq))) /choice_of s_eq /lines_chosen /network_lines -!map_comp.
by apply: eq_map => l /=; rewrite select_spec.
Qed.

End OneNetwork.

Section Networks.

Variable ys : seq layer.
Hypothesis ys_ge0 : forall l i j, 0 <= layer_entry (@layer_at ys l) i j.

Let W_ge0 l : nonneg (@layer_matrix ys l) := matrix_ge0 (@ys_ge0 l).
Let rows_two l := rows_first_priced (@W_ge0 l) (@rows_first_selection _ _ _ (@layer_matrix ys l)).
Let columns_two l := columns_first_priced (@W_ge0 l) (@columns_first_selection _ _ _ (@layer_matrix ys l)).

(* T8, several layers: prices, knapsack and lines, all on lists. *)
Theorem independent_network_two target : network_two ys target (independent_network ys target).
Proof.
apply: (network_choice_two (selected := fun l => independent_at (layer_matrix l))) => l => [s|].
  exact: independent_lines_spec.
move=> s s_in; rewrite independent_lines_spec surrogate_list_spec.
by have := independent_priced (@W_ge0 l) (@independent_selection _ _ _ (@layer_matrix ys l)) s_in.
Qed.

Theorem rows_first_network_two target : network_two ys target (rows_first_network ys target).
Proof.
apply: (network_choice_two (selected := fun l => rows_first_at (layer_matrix l))) => l => [s|].
  exact: rows_first_lines_spec.
by move=> s s_in; rewrite rows_first_lines_spec cost_list_spec; have := rows_two s_in.
Qed.

Theorem columns_first_network_two target : network_two ys target (columns_first_network ys target).
Proof.
apply: (network_choice_two (selected := fun l => columns_first_at (layer_matrix l))) => l => [s|].
  exact: columns_first_lines_spec.
by move=> s s_in; rewrite columns_first_lines_spec cost_list_spec; have := columns_two s_in.
Qed.

Theorem residual_network_two target : network_two ys target (residual_network ys target).
Proof.
apply: (network_choice_two (selected := fun l => residual_at (layer_matrix l))) => l => [s|].
  exact: residual_lines_spec.
move=> s s_in; rewrite residual_lines_spec cost_list_spec.
by have := better_priced (@rows_two l) (@columns_two l) s_in.
Qed.

End Networks.

End NetworkProgram.
