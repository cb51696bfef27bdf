(* The best shape: theorem T3, on the programs that sort the lines and try every shape.

   cheapest price s      the first element of least price of the list s, if there is one
   pruning m n           {set 'I_m} * {set 'I_n}
   shape_of p            the numbers of rows and columns that p removes
   shapes m n            all shapes, as a list
   selection alg sel     sel gives, for every shape, an output of the algorithm alg: one way of breaking ties
   independent_at W s    lines of least sum of the shape s, by sorting; rows_first_at, columns_first_at likewise,
                         residual_at the better of these two
   choose price sel P    sel s for the cheapest shape s that satisfies P; None if no shape does
   independent_program W P, rows_first_program, columns_first_program, residual_program
                         choose, with the sorting programs and their prices
   within_two W P out    out is a pruning whose shape satisfies P, at most twice as dear as any other
   reaches ...           the predicate P of an instance: target, units an entry, minima of kept rows and columns
   frontier P            for every number of rows the least number of columns that makes a shape satisfy P, if there is
                         one: m + 1 shapes at most, and enough

   P is arbitrary, so every kind of requirement on shapes is covered; the optimum over it is never named, every pruning
   that satisfies P takes its place. *)

From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import zify.
From RCPrune Require Import Problem Approximation Sorting.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Cheapest.

Variables (R : realDomainType) (T : eqType) (price : T -> R).

Fixpoint cheapest (s : seq T) : option T :=
  if s is x :: s' then
    if cheapest s' is Some y then if price x <= price y then Some x else Some y else Some x
  else None.

Lemma cheapest_none s : cheapest s = None -> s = [::].
Proof. by case: s => //= x s; case: cheapest => // y; case: ifP. Qed.

Lemma cheapest_some s x : cheapest s = Some x -> x \in s /\ {in s, forall y, price x <= price y}.
Proof.
elim: s x => //= y s IHs x; case Es: (cheapest s) IHs => [z|] IHs; last first.
  by case=> <-; rewrite (cheapest_none Es) mem_head; split=> // t; rewrite inE => /eqP ->.
have [z_in z_le] := IHs z erefl; case: ifP => [y_le|/negbT y_gt] [<-]; rewrite inE.
  rewrite eqxx; split=> // t; rewrite inE => /predU1P[->//|/z_le]; exact: le_trans.
rewrite z_in orbT; split=> // t; rewrite inE => /predU1P[->|/z_le //].
by rewrite ltW // ltNge.
Qed.

End Cheapest.

Definition pruning m n := ({set 'I_m} * {set 'I_n})%type.

Definition shape_of m n (p : pruning m n) : nat * nat := (#|p.1|, #|p.2|).

Definition shapes m n : seq (nat * nat) := [seq (r, c) | r <- iota 0 m.+1, c <- iota 0 n.+1].

Lemma mem_shapes m n s : (s \in shapes m n) = (s.1 <= m)%N && (s.2 <= n)%N.
Proof.
case: s => r c; rewrite /shapes -[RHS]/((r <= m) && (c <= n))%N.
apply/allpairsP/andP => [[p [r_in c_in [-> ->]]]|[r_le c_le]].
  by move: r_in c_in; rewrite !mem_iota !add0n !ltnS.
by exists (r, c); rewrite !mem_iota !add0n !ltnS.
Qed.

Lemma shape_of_mem m n (p : pruning m n) : shape_of p \in shapes m n.
Proof.
by rewrite mem_shapes; apply/andP; split; apply: leq_trans (max_card _) _; rewrite card_ord.
Qed.

(* Kept and removed entries of a shape, without a subtraction. *)
Lemma kept_removed_count m n r c a b : (c + b = n -> r + a = m -> a * b + removed_count m n r c = m * n)%N.
Proof. by rewrite /removed_count => <- <-; rewrite !(mulnDl, mulnDr); nia. Qed.

Lemma removed_count_mono m n r r' c c' : (r' <= r <= m)%N -> (c' <= c <= n)%N ->
  (removed_count m n r' c' <= removed_count m n r c)%N.
Proof.
move=> /andP[r'_le r_le] /andP[c'_le c_le].
have := kept_removed_count (subnKC c_le) (subnKC r_le).
have := kept_removed_count (subnKC (leq_trans c'_le c_le)) (subnKC (leq_trans r'_le r_le)).
have : ((m - r) * (n - c) <= (m - r') * (n - c'))%N by rewrite leq_mul // leq_sub2l.
lia.
Qed.

Section Choice.

Variables (R : realDomainType) (m n : nat) (W : 'M[R]_(m, n)).
Implicit Types (p q : pruning m n) (s : nat * nat) (P : pred (nat * nat)).
Implicit Types (price : nat * nat -> R) (sel : nat * nat -> pruning m n).

Definition cost_of p := cost W p.1 p.2.

Definition selection (alg : {set 'I_m} -> {set 'I_n} -> Prop) sel :=
  {in shapes m n, forall s, shape_of (sel s) = s /\ alg (sel s).1 (sel s).2}.

Definition choose price sel P : option (pruning m n) :=
  omap sel (cheapest price [seq s <- shapes m n | P s]).

Definition within_two P (out : option (pruning m n)) :=
  forall p, P (shape_of p) -> exists2 q, out = Some q & P (shape_of q) /\ cost_of q <= cost_of p *+ 2.

(* What an algorithm needs: a price between its own cost and twice the cost of any pruning of the shape. *)
Definition two_priced price sel :=
  {in shapes m n, forall s, [/\ shape_of (sel s) = s, cost_of (sel s) <= price s &
    forall p, shape_of p = s -> price s <= cost_of p *+ 2]}.

Lemma choose_some price sel P q : choose price sel P = Some q ->
  exists2 s, q = sel s & [/\ s \in shapes m n, P s & forall p, P (shape_of p) -> price s <= price (shape_of p)].
Proof.
rewrite /choose; case Es: cheapest => [s|] //= [<-]; exists s => //.
have [s_in s_le] := cheapest_some Es; move: s_in; rewrite mem_filter => /andP[Ps s_in].
by split=> // p Pp; apply: s_le; rewrite mem_filter Pp shape_of_mem.
Qed.

Lemma choose_none price sel P p : choose price sel P = None -> ~~ P (shape_of p).
Proof.
rewrite /choose; case Es: cheapest => [s|] //= _; apply/negP => Pp.
have : shape_of p \in [seq s <- shapes m n | P s] by rewrite mem_filter Pp shape_of_mem.
by rewrite (cheapest_none Es).
Qed.

(* The least price is at most twice any feasible cost: half of it is a dual bound. *)
Lemma choose_price price sel P q : two_priced price sel -> choose price sel P = Some q ->
  [/\ P (shape_of q), cost_of q <= price (shape_of q) &
    forall p, P (shape_of p) -> price (shape_of q) <= cost_of p *+ 2].
Proof.
move=> two /choose_some[s -> [s_in Ps s_le]]; have [shape_s cost_s _] := two s s_in.
rewrite shape_s; split=> // p Pp; apply: le_trans (s_le p Pp) _.
by have [_ _] := two _ (shape_of_mem p); apply.
Qed.

Lemma choose_two price sel P : two_priced price sel -> within_two P (choose price sel P).
Proof.
move=> two p Pp; case Eq: (choose price sel P) => [q|]; last first.
  by have := choose_none p Eq; rewrite Pp.
have [Pq cost_q price_q] := choose_price two Eq.
by exists q => //; split=> //; apply: le_trans cost_q (price_q p Pp).
Qed.

Hypothesis W_ge0 : nonneg W.

Definition surrogate_of p := surrogate W p.1 p.2.

(* Any way of breaking ties. *)
Lemma independent_priced sel :
  selection (independent W) sel -> two_priced (fun s => surrogate_of (sel s)) sel.
Proof.
move=> selP s s_in; have [shape_s least_s] := selP s s_in; split=> //; first exact: cost_surrogate.
move=> p shape_p; have [cardA cardB] : shape_of p = shape_of (sel s) by rewrite shape_s.
exact: le_trans (surrogate_least least_s cardA cardB) (surrogate_two _ _ _).
Qed.

Lemma rows_first_priced sel :
  selection (rows_first W) sel -> two_priced (fun s => cost_of (sel s)) sel.
Proof.
move=> selP s s_in; have [shape_s least_s] := selP s s_in; split=> // p shape_p.
by have [cardA cardB] : shape_of p = shape_of (sel s) by [rewrite shape_s]; apply: rows_first_two.
Qed.

Lemma columns_first_priced sel :
  selection (columns_first W) sel -> two_priced (fun s => cost_of (sel s)) sel.
Proof.
move=> selP s s_in; have [shape_s least_s] := selP s s_in; split=> // p shape_p.
by have [cardA cardB] : shape_of p = shape_of (sel s) by [rewrite shape_s]; apply: columns_first_two.
Qed.

(* At each shape the better of two selections. *)
Definition better sel sel' s := if cost_of (sel s) <= cost_of (sel' s) then sel s else sel' s.

Lemma better_priced sel sel' : two_priced (fun s => cost_of (sel s)) sel ->
  two_priced (fun s => cost_of (sel' s)) sel' -> two_priced (fun s => cost_of (better sel sel' s)) (better sel sel').
Proof.
by move=> two two' s s_in; rewrite /better; case: ifP => _; [have := two s s_in | have := two' s s_in]; case.
Qed.

(* T3 for any way of breaking ties within a shape: the cheapest shape of any selection. *)
Theorem independent_shapes_two sel P :
  selection (independent W) sel -> within_two P (choose (fun s => surrogate_of (sel s)) sel P).
Proof. by move/independent_priced/choose_two. Qed.

Theorem rows_first_shapes_two sel P :
  selection (rows_first W) sel -> within_two P (choose (fun s => cost_of (sel s)) sel P).
Proof. by move/rows_first_priced/choose_two. Qed.

Theorem columns_first_shapes_two sel P :
  selection (columns_first W) sel -> within_two P (choose (fun s => cost_of (sel s)) sel P).
Proof. by move/columns_first_priced/choose_two. Qed.

Theorem residual_shapes_two sel sel' P : selection (rows_first W) sel -> selection (columns_first W) sel' ->
  within_two P (choose (fun s => cost_of (better sel sel' s)) (better sel sel') P).
Proof. by move=> /rows_first_priced two /columns_first_priced two'; apply: choose_two (better_priced two two'). Qed.

End Choice.

Section Programs.

Variables (R : realDomainType) (m n : nat) (W : 'M[R]_(m, n)).
Implicit Types (p q : pruning m n) (s : nat * nat) (P : pred (nat * nat)).

Definition independent_at s : pruning m n := (smallest (row_sum W) s.1, smallest (column_sum W) s.2).

Definition rows_first_at s : pruning m n :=
  let A := smallest (row_sum W) s.1 in (A, smallest (residual_sum W A) s.2).

End Programs.

Definition columns_first_at (R : realDomainType) m n (W : 'M[R]_(m, n)) s : pruning m n :=
  let p := rows_first_at W^T (s.2, s.1) in (p.2, p.1).

Definition residual_at (R : realDomainType) m n (W : 'M[R]_(m, n)) :=
  better W (rows_first_at W) (columns_first_at W).

Section Selections.

Variables (R : realDomainType) (m n : nat) (W : 'M[R]_(m, n)).
Implicit Types (p q : pruning m n) (s : nat * nat) (P : pred (nat * nat)).

Lemma card_smallest_ord k l (f : 'I_k -> R) : (l <= k)%N -> #|smallest f l| = l.
Proof. by move=> l_le; rewrite card_smallest ?card_ord. Qed.

Lemma independent_selection : selection (independent W) (independent_at W).
Proof.
move=> [r c]; rewrite mem_shapes /shape_of => /andP[r_le c_le] /=.
by rewrite !card_smallest_ord //; split=> //; split; apply: smallest_least.
Qed.

Lemma rows_first_selection : selection (rows_first W) (rows_first_at W).
Proof.
move=> [r c]; rewrite mem_shapes /shape_of => /andP[r_le c_le] /=.
by rewrite !card_smallest_ord //; split=> //; split; apply: smallest_least.
Qed.

End Selections.

Lemma columns_first_selection (R : realDomainType) m n (W : 'M[R]_(m, n)) :
  selection (columns_first W) (columns_first_at W).
Proof.
move=> [r c]; rewrite mem_shapes => /andP[/= r_le c_le].
have [|[card2 card1] least_s] := @rows_first_selection _ _ _ W^T (c, r).
  by rewrite mem_shapes c_le.
by split=> //; rewrite /shape_of card1 card2.
Qed.

Section Target.

Variables (R : realDomainType) (m n : nat) (W : 'M[R]_(m, n)).
Implicit Types (p q : pruning m n) (s : nat * nat) (P : pred (nat * nat)).

Definition independent_program := choose (fun s => surrogate_of W (independent_at W s)) (independent_at W).

Definition rows_first_program := choose (fun s => cost_of W (rows_first_at W s)) (rows_first_at W).

Definition columns_first_program := choose (fun s => cost_of W (columns_first_at W s)) (columns_first_at W).

Definition residual_program := choose (fun s => cost_of W (residual_at W s)) (residual_at W).

Hypothesis W_ge0 : nonneg W.

Let rows_two := rows_first_priced W_ge0 (@rows_first_selection _ _ _ W).
Let columns_two := columns_first_priced W_ge0 (@columns_first_selection _ _ _ W).

(* T3, independent sums: sort the lines, price every shape by its surrogate, take the cheapest. *)
Theorem independent_program_two P : within_two W P (independent_program P).
Proof. exact: choose_two (independent_priced W_ge0 (@independent_selection _ _ _ W)). Qed.

(* T3, residual sums, rows first: every shape priced by its cost. *)
Theorem rows_first_program_two P : within_two W P (rows_first_program P).
Proof. exact: choose_two rows_two. Qed.

(* T3, residual sums, columns first. *)
Theorem columns_first_program_two P : within_two W P (columns_first_program P).
Proof. exact: choose_two columns_two. Qed.

(* T3, residual sums, at every shape the better order. *)
Theorem residual_program_two P : within_two W P (residual_program P).
Proof. exact: choose_two (better_priced rows_two columns_two). Qed.

(* The dual bound of independent sums: half of the surrogate it returns. That of residual sums is half of its cost. *)
Theorem independent_program_dual P p q :
  independent_program P = Some q -> P (shape_of p) -> surrogate_of W q <= cost_of W p *+ 2.
Proof.
move=> /choose_some[s -> [s_in Ps s_le]] Pp; apply: le_trans (s_le p Pp) _.
by have [_ _] := independent_priced W_ge0 (@independent_selection _ _ _ W) (shape_of_mem p); apply.
Qed.

Theorem residual_program_dual P p q :
  residual_program P = Some q -> P (shape_of p) -> cost_of W q <= cost_of W p *+ 2.
Proof. by move=> Eq Pp; have [q' ] := residual_program_two Pp; rewrite Eq => -[<-] []. Qed.

(* T3 for one given shape: the sorting programs themselves. *)
Theorem independent_at_two p : cost_of W (independent_at W (shape_of p)) <= cost_of W p *+ 2.
Proof.
have [_ cost_le] := independent_priced W_ge0 (@independent_selection _ _ _ W) (shape_of_mem p).
by move/(_ p erefl); apply: le_trans.
Qed.

Theorem rows_first_at_two p : cost_of W (rows_first_at W (shape_of p)) <= cost_of W p *+ 2.
Proof. by have [_ _] := rows_two (shape_of_mem p); apply. Qed.

Theorem columns_first_at_two p : cost_of W (columns_first_at W (shape_of p)) <= cost_of W p *+ 2.
Proof. by have [_ _] := columns_two (shape_of_mem p); apply. Qed.

Theorem residual_at_two p : cost_of W (residual_at W (shape_of p)) <= cost_of W p *+ 2.
Proof. by have [_ _] := better_priced rows_two columns_two (shape_of_mem p); apply. Qed.

(* The requirement of an instance with one layer. *)
Definition reaches (units target kept_rows kept_columns : nat) : pred (nat * nat) := fun s =>
  [&& target <= units * removed_count m n s.1 s.2, s.1 + kept_rows <= m & s.2 + kept_columns <= n]%N.

Definition feasible units target kept_rows kept_columns p :=
  [&& target <= units * #|removed p.1 p.2|, kept_rows <= #|~: p.1| & kept_columns <= #|~: p.2|]%N.

(* It depends on shapes only. *)
Lemma reaches_feasible units target kept_rows kept_columns p :
  reaches units target kept_rows kept_columns (shape_of p) = feasible units target kept_rows kept_columns p.
Proof.
rewrite /feasible card_removed /reaches /=; congr [&& _, _ & _].
  by rewrite -[leqRHS](card_ord m) -(cardsC p.1) leq_add2l.
by rewrite -[leqRHS](card_ord n) -(cardsC p.2) leq_add2l.
Qed.

(* T3 spelt out for an instance: if anything is feasible, each of the four programs returns something feasible, at most
   twice as dear as anything feasible. *)
Theorem target_two units target kept_rows kept_columns (program : pred (nat * nat) -> option (pruning m n)) :
  (forall P, within_two W P (program P)) ->
  forall p, feasible units target kept_rows kept_columns p ->
  exists q, [/\ program (reaches units target kept_rows kept_columns) = Some q,
                feasible units target kept_rows kept_columns q & cost_of W q <= cost_of W p *+ 2].
Proof.
move=> two p; rewrite -reaches_feasible => Pp; have [q Eq [Pq cost_q]] := two _ p Pp.
by exists q; rewrite -reaches_feasible.
Qed.

End Target.

(* Only few shapes matter: any list that has, below every shape that satisfies P, a shape that satisfies P. *)
Section Frontier.

Variables (R : realDomainType) (m n : nat) (W : 'M[R]_(m, n)).
Implicit Types (p q : pruning m n) (s : nat * nat) (P : pred (nat * nat)).
Hypothesis W_ge0 : nonneg W.

Lemma cost_mono (A A' : {set 'I_m}) (B B' : {set 'I_n}) :
  A' \subset A -> B' \subset B -> cost W A' B' <= cost W A B.
Proof.
move=> /subsetP A_sub /subsetP B_sub; rewrite [leRHS](big_setID (removed A' B')) /=.
have /setIidPr -> : removed A' B' \subset removed A B.
  by apply/subsetP => e; rewrite !inE => /orP[/A_sub ->|/B_sub ->]; rewrite ?orbT.
by rewrite ler_addl; apply: sumr_ge0 => e _; apply: W_ge0.
Qed.

Lemma subset_of_size (T : finType) (S : {set T}) k : (k <= #|S|)%N -> exists2 S' : {set T}, S' \subset S & #|S'| = k.
Proof.
move=> k_le; exists [set x in take k (enum S)]; first by apply/subsetP => x; rewrite inE => /mem_take; rewrite mem_enum.
rewrite cardsE (card_uniqP (take_uniq k (enum_uniq _))) size_take -cardE.
by case: ltngtP k_le.
Qed.

(* Below a pruning there is one of every smaller shape, and it costs no more. *)
Lemma smaller_pruning p s : (s.1 <= (shape_of p).1)%N -> (s.2 <= (shape_of p).2)%N ->
  exists2 q, shape_of q = s & cost_of W q <= cost_of W p.
Proof.
move=> r_le c_le; have [A A_sub card_A] := subset_of_size r_le; have [B B_sub card_B] := subset_of_size c_le.
by exists (A, B); [rewrite /shape_of card_A card_B -surjective_pairing | apply: cost_mono].
Qed.

Definition choose_in (S : seq (nat * nat)) (price : nat * nat -> R) sel P : option (pruning m n) :=
  omap sel (cheapest price [seq s <- S | P s]).

Theorem choose_in_two (S : seq (nat * nat)) price sel P :
  {subset S <= shapes m n} ->
  (forall s, s \in shapes m n -> P s -> exists2 t, t \in S & [&& P t, t.1 <= s.1 & t.2 <= s.2]%N) ->
  two_priced W price sel -> within_two W P (choose_in S price sel P).
Proof.
move=> S_sub S_covers two p Pp; have [t t_in /and3P[Pt r_le c_le]] := S_covers _ (shape_of_mem p) Pp.
have t_in' : t \in [seq s <- S | P s] by rewrite mem_filter Pt.
rewrite /choose_in; case Es: cheapest => [s|]; last by move: t_in'; rewrite (cheapest_none Es).
have [s_in s_le] := cheapest_some Es; move: s_in; rewrite mem_filter => /andP[Ps /S_sub s_in].
have [shape_s cost_s _] := two s s_in; exists (sel s) => //; rewrite shape_s; split=> //.
apply: le_trans cost_s (le_trans (s_le t t_in') _); have [_ _ price_t] := two t (S_sub t t_in).
have [q shape_q cost_q] := smaller_pruning r_le c_le.
by apply: le_trans (price_t q shape_q) _; rewrite ler_wmuln2r.
Qed.

Definition frontier P : seq (nat * nat) :=
  flatten [seq take 1 [seq (r, c) | c <- iota 0 n.+1 & P (r, c)] | r <- iota 0 m.+1].

Lemma frontier_sub P : {subset frontier P <= shapes m n}.
Proof.
move=> s /flatten_mapP[r r_in /mem_take/mapP[c]]; rewrite mem_filter => /andP[_ c_in] ->.
by rewrite mem_shapes; move: r_in c_in; rewrite !mem_iota !add0n !ltnS /= => -> ->.
Qed.

Lemma frontier_covers P s : s \in shapes m n -> P s ->
  exists2 t, t \in frontier P & [&& P t, t.1 <= s.1 & t.2 <= s.2]%N.
Proof.
case: s => r c; rewrite mem_shapes => /andP[/= r_le c_le] Prc.
have c_in : c \in [seq c <- iota 0 n.+1 | P (r, c)] by rewrite mem_filter Prc mem_iota add0n ltnS.
have c_sorted : sorted leq [seq c <- iota 0 n.+1 | P (r, c)].
  by rewrite sorted_filter ?iota_sorted //; apply: leq_trans.
case E: [seq _ <- _ | _] c_in c_sorted => [|c' s] // c_in.
rewrite /= path_sortedE; last exact: leq_trans; case/andP => /allP c'_le _.
exists (r, c').
  apply/flatten_mapP; exists r; first by rewrite mem_iota add0n ltnS.
  by rewrite E /= take0 mem_head.
have : c' \in [seq c <- iota 0 n.+1 | P (r, c)] by rewrite E mem_head.
rewrite mem_filter => /andP[-> _]; rewrite leqnn /=.
by move: c_in; rewrite inE => /predU1P[->|/c'_le].
Qed.

(* T3 for the programs that try only the frontier. *)
Corollary frontier_two price sel P : two_priced W price sel -> within_two W P (choose_in (frontier P) price sel P).
Proof. by apply: choose_in_two; [apply: frontier_sub | apply: frontier_covers]. Qed.

End Frontier.
