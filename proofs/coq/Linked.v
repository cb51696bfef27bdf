(* Linked layers: theorem T12. A removed row leaves the columns that read it nothing to read, and a row that nobody reads
   is of no use. The closure of a pruning adds all such lines.

   network               layers and signals, both numbered from 0
     rows l, columns l   of layer l
     reads l j           the signal that column j of layer l reads
     joined s            Input (always alive), Any (sum, concatenation: alive while one source is) or All (product, gate: alive
                         while all sources are)
     sources s           what signal s is made of: [inl (l, i)], row i of layer l, or [inr t], signal t
     output s            whether signal s is always read
     level l             layer l stands in front of the signal of this number
   well_formed N         the numbers are in range and the network is acyclic: signals are made of earlier ones, and of rows of layers
                         that stand in front of them; columns read signals in front of their layer
   marks                 a pruning, as two tests: which rows and which columns are removed
   below N P Q           all lines of P are lines of Q
   sweep rule N          one pass over the signals 0 .. N-1: those marked by the rule, given the marks so far
   silent, unread        marks of one sweep forwards, and of one sweep backwards after it
   closure N P           P and all dead lines
   closed N P            P is its closure, on all lines
   lines_of N P          the marks as sets of lines of every layer: a pruning as Layers.v has it
   total_surrogate W p   the sum of the layers' surrogates
   linked_least ...      P is closed and meets the target, with a surrogate at most c times that of any such marks

   Everything up to the closure is a program: lists, numbers and truth values. *)

From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import zify.
From RCPrune Require Import Problem Approximation.
From RCPrune Require Layers.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.

Inductive join := Input | Any | All.

Definition source : eqType := [eqType of (nat * nat + nat)%type].

Record network := Network {
  layers : nat;
  rows : nat -> nat;
  columns : nat -> nat;
  reads : nat -> nat -> nat;
  level : nat -> nat;
  signals : nat;
  joined : nat -> join;
  sources : nat -> seq source;
  output : nat -> bool
}.

Record marks := Marks { row : nat -> nat -> bool; column : nat -> nat -> bool }.

(* One pass: every number is looked at once, in order, when the marks of all smaller ones are known. *)
Section Sweep.

Variable rule : (nat -> bool) -> nat -> bool.

Fixpoint sweep (t : nat) : seq nat :=
  if t is s.+1 then
    let known := sweep s in if rule (fun u => u \in known) s then s :: known else known
  else [::].

Lemma sweep_lt t s : s \in sweep t -> s < t.
Proof.
elim: t => //= t IH; case: (rule _ t); rewrite ?in_cons; last by move/IH/ltnW.
by case/orP=> [/eqP ->|/IH/ltnW].
Qed.

Lemma sweep_at t s : s < t -> (s \in sweep t) = rule (fun u => u \in sweep s) s.
Proof.
elim: t => //= t IH; rewrite ltnS leq_eqVlt => /orP[/eqP ->|s_lt].
  case: (rule _ t); rewrite ?in_cons ?eqxx //.
  by apply/negP=> /sweep_lt; rewrite ltnn.
by rewrite -(IH s_lt); case: (rule _ t); rewrite ?in_cons ?(ltn_eqF s_lt).
Qed.

Variable N : nat.

Definition local := forall f g s, s < N -> (forall u, u < s -> f u = g u) -> rule f s = rule g s.

Hypothesis rule_local : local.

(* What it marks satisfies the rule everywhere at once, and nothing else does: another pass would change nothing. *)
Lemma sweep_fixed s : s < N -> (s \in sweep N) = rule (fun u => u \in sweep N) s.
Proof.
move=> s_lt; rewrite sweep_at //; apply: rule_local => // u u_lt.
by rewrite !sweep_at // (ltn_trans u_lt).
Qed.

Lemma sweep_unique f : (forall s, s < N -> f s = rule f s) -> forall s, s < N -> f s = (s \in sweep N).
Proof.
move=> fixed s; elim/ltn_ind: s => s IH s_lt; rewrite fixed // sweep_fixed //.
by apply: rule_local => // u u_lt; rewrite IH // (ltn_trans u_lt).
Qed.

End Sweep.

Section Closure.

Variable N : network.
Implicit Types (P Q : marks) (f g : nat -> bool) (l i j s t : nat) (x : source).

Definition source_fits s x :=
  match x with
  | inl (l, i) => [&& l < layers N, i < rows N l & level N l <= s]
  | inr t => t < s
  end.

Definition well_formed : bool :=
  all (fun l => (level N l <= signals N) && all (fun j => reads N l j < level N l) (iota 0 (columns N l)))
    (iota 0 (layers N)) &&
  all (fun s => all (source_fits s) (sources N s)) (iota 0 (signals N)).

(* Forwards. A row is silent when it is removed or all columns of its layer are dead. *)
Definition silent_row P f l i : bool :=
  row P l i || all (fun j => column P l j || f (reads N l j)) (iota 0 (columns N l)).

Definition silent_source P f x :=
  match x with
  | inl (l, i) => silent_row P f l i
  | inr t => f t
  end.

Definition silent_rule P f s :=
  match joined N s with
  | Input => false
  | Any => all (silent_source P f) (sources N s)
  | All => has (silent_source P f) (sources N s)
  end.

Definition silent P s := s \in sweep (silent_rule P) (signals N).

(* Backwards. The signals that a row, or a signal, is a source of. *)
Definition fed x := [seq s <- iota 0 (signals N) | x \in sources N s].

(* A row is dead when it is removed, silent, or all that it feeds is unread. *)
Definition dead_row P g l i : bool := silent_row P (silent P) l i || all g (fed (inl (l, i))).

(* A column is dead when it is removed, its signal is silent, or all rows of its layer are dead. *)
Definition dead_column P g l j : bool :=
  [|| column P l j, silent P (reads N l j) | all (dead_row P g l) (iota 0 (rows N l))].

Definition no_reader P g s :=
  all (fun l => all (fun j => (reads N l j == s) ==> dead_column P g l j) (iota 0 (columns N l))) (iota 0 (layers N)).

(* A signal is unread when it is silent, or when no living column reads it and no read signal uses it. *)
Definition unread_rule P g s := silent P s || [&& ~~ output N s, no_reader P g s & all g (fed (inr s))].

Definition mirror s := (signals N).-1 - s.

Definition unread P s := mirror s \in sweep (fun f t => unread_rule P (f \o mirror) (mirror t)) (signals N).

Definition closure P := Marks (dead_row P (unread P)) (dead_column P (unread P)).

Definition below P Q : Prop :=
  (forall l i, l < layers N -> i < rows N l -> row P l i -> row Q l i) /\
  (forall l j, l < layers N -> j < columns N l -> column P l j -> column Q l j).

Definition closed P := below (closure P) P.

Hypothesis N_ok : well_formed.

Lemma level_le l : l < layers N -> level N l <= signals N.
Proof. by move=> l_lt; case/andP: N_ok => /allP /(_ l); rewrite mem_iota => /(_ l_lt)/andP[]. Qed.

Lemma reads_lt l j : l < layers N -> j < columns N l -> reads N l j < level N l.
Proof.
move=> l_lt j_lt; case/andP: N_ok => /allP /(_ l); rewrite mem_iota => /(_ l_lt)/andP[_ /allP /(_ j)].
by rewrite mem_iota => /(_ j_lt).
Qed.

Lemma sources_fit s x : s < signals N -> x \in sources N s -> source_fits s x.
Proof. by move=> s_lt; case/andP: N_ok => _ /allP /(_ s); rewrite mem_iota => /(_ s_lt)/allP; apply. Qed.

Lemma mem_fed x s : (s \in fed x) = (s < signals N) && (x \in sources N s).
Proof. by rewrite mem_filter mem_iota andbC. Qed.

Lemma reads_range l j : l < layers N -> j < columns N l -> reads N l j < signals N.
Proof. by move=> l_lt j_lt; apply: leq_trans (reads_lt l_lt j_lt) (level_le l_lt). Qed.

(* Rules look at marks that are known. *)
Lemma silent_row_local P f g l i :
  l < layers N -> (forall u, u < level N l -> f u = g u) -> silent_row P f l i = silent_row P g l i.
Proof.
move=> l_lt eq_fg; congr (_ || _); apply: eq_in_all => j; rewrite mem_iota => j_lt.
by rewrite eq_fg // reads_lt.
Qed.

Lemma silent_local P : local (silent_rule P) (signals N).
Proof.
move=> f g s s_lt eq_fg.
have eq_source x : x \in sources N s -> silent_source P f x = silent_source P g x.
  move=> /(sources_fit s_lt); case: x => [[l i]|t] /=; last exact: eq_fg.
  by case/and3P=> l_lt _ level_le; apply: silent_row_local => // u u_lt; apply: eq_fg; apply: leq_trans level_le.
rewrite /silent_rule; case: (joined N s) => //; [exact: eq_in_all | exact: eq_in_has].
Qed.

Lemma silentE P s : s < signals N -> silent P s = silent_rule P (silent P) s.
Proof. exact: (sweep_fixed (@silent_local P)). Qed.

Lemma dead_row_local P f g l i : l < layers N ->
  (forall u, level N l <= u < signals N -> f u = g u) -> dead_row P f l i = dead_row P g l i.
Proof.
move=> l_lt eq_fg; congr (_ || _); apply: eq_in_all => u; rewrite mem_fed => /andP[u_lt].
by move=> /(sources_fit u_lt)/and3P[_ _ u_ge]; rewrite eq_fg // u_ge.
Qed.

Lemma unread_local_up P f g s : s < signals N ->
  (forall u, s < u < signals N -> f u = g u) -> unread_rule P f s = unread_rule P g s.
Proof.
move=> s_lt eq_fg; congr (_ || [&& _, _ & _]).
  apply: eq_in_all => l; rewrite mem_iota => l_lt; apply: eq_in_all => j; rewrite mem_iota => j_lt.
  case: eqP => //= s_eq; rewrite /dead_column; congr [|| _, _ | _].
  apply: eq_in_all => i _; apply: dead_row_local => // u /andP[u_ge u_lt].
  by apply: eq_fg; rewrite u_lt andbT (leq_trans _ u_ge) // -s_eq reads_lt.
apply: eq_in_all => u; rewrite mem_fed => /andP[u_lt /(sources_fit u_lt) /= s_lt_u].
by apply: eq_fg; rewrite s_lt_u.
Qed.

Lemma mirrorK s : s < signals N -> mirror (mirror s) = s.
Proof. by rewrite /mirror; lia. Qed.

Lemma mirror_lt s : s < signals N -> mirror s < signals N.
Proof. by rewrite /mirror; lia. Qed.

Lemma unread_local P : local (fun f t => unread_rule P (f \o mirror) (mirror t)) (signals N).
Proof.
move=> f g s s_lt eq_fg; apply: unread_local_up => [|u /= u_range]; first exact: mirror_lt.
by apply: eq_fg; move: u_range; rewrite /mirror; lia.
Qed.

Lemma unreadE P s : s < signals N -> unread P s = unread_rule P (unread P) s.
Proof.
move=> s_lt; rewrite {1}/unread (sweep_fixed (@unread_local P)) ?mirror_lt // mirrorK //.
Qed.

(* One sweep each way solves all the rules at once, and no other marks do. *)
Theorem silent_solves P f :
  (forall s, s < signals N -> f s = silent_rule P f s) <-> (forall s, s < signals N -> f s = silent P s).
Proof.
split=> [fixed s s_lt|eq_f s s_lt]; first by rewrite /silent -(sweep_unique (@silent_local P) fixed).
by rewrite eq_f // silentE //; apply: silent_local => // u u_lt; rewrite eq_f // (ltn_trans u_lt).
Qed.

Theorem unread_solves P f :
  (forall s, s < signals N -> f s = unread_rule P f s) <-> (forall s, s < signals N -> f s = unread P s).
Proof.
split=> [fixed s s_lt|eq_f s s_lt].
  have := sweep_unique (@unread_local P) (f := f \o mirror); rewrite /unread => unique.
  rewrite -(unique _ (mirror s)) /= ?mirrorK ?mirror_lt // => t t_lt.
  rewrite /= fixed ?mirror_lt //; apply: unread_local_up => [|u /andP[_ u_lt]]; first exact: mirror_lt.
  by rewrite /= mirrorK.
by rewrite eq_f // unreadE //; apply: unread_local_up => // u /andP[_ u_lt]; rewrite eq_f.
Qed.

End Closure.

Section Laws.

Variable N : network.
Hypothesis N_ok : well_formed N.
Implicit Types (P Q : marks) (f g : nat -> bool) (l i j s t : nat) (x : source).

Lemma below_refl P : below N P P.
Proof. by []. Qed.

Lemma below_trans P Q P' : below N P Q -> below N Q P' -> below N P P'.
Proof.
move=> [rows1 columns1] [rows2 columns2]; split=> l i l_lt i_lt.
  by move=> /(rows1 _ _ l_lt i_lt)/(rows2 _ _ l_lt i_lt).
by move=> /(columns1 _ _ l_lt i_lt)/(columns2 _ _ l_lt i_lt).
Qed.

Lemma silent_row_mono P Q f g l i :
  below N P Q -> l < layers N -> i < rows N l -> (forall u, u < level N l -> f u -> g u) ->
  silent_row N P f l i -> silent_row N Q g l i.
Proof.
move=> [rows_le columns_le] l_lt i_lt f_le; case/orP=> [/(rows_le _ _ l_lt i_lt) removed|/allP all_dead]; first by rewrite /silent_row removed.
apply/orP; right; apply/allP=> j j_in; have := all_dead j j_in; rewrite mem_iota in j_in.
by case/orP=> [/(columns_le _ _ l_lt j_in) ->//|/(f_le _ (reads_lt N_ok l_lt j_in)) ->]; rewrite orbT.
Qed.

Lemma silent_mono P Q s : below N P Q -> s < signals N -> silent N P s -> silent N Q s.
Proof.
move=> P_le; elim/ltn_ind: s => s IH s_lt.
have le_source x : x \in sources N s -> silent_source N P (silent N P) x -> silent_source N Q (silent N Q) x.
  move=> /(sources_fit N_ok s_lt); case: x => [[l i] /and3P[l_lt i_lt level_le]|t t_lt] /=.
    apply: silent_row_mono => // u u_lt; apply: IH; first exact: leq_trans level_le.
    by apply: leq_ltn_trans s_lt; apply: ltnW; apply: leq_trans level_le.
  by apply: IH => //; apply: ltn_trans s_lt.
rewrite !silentE // /silent_rule; case: (joined N s) => // [/allP all_silent|/hasP[x x_in x_silent]].
  by apply/allP=> x x_in; apply: le_source => //; apply: all_silent.
by apply/hasP; exists x => //; apply: le_source.
Qed.

Lemma dead_row_mono P Q f g l i :
  below N P Q -> l < layers N -> i < rows N l -> (forall u, level N l <= u < signals N -> f u -> g u) ->
  dead_row N P f l i -> dead_row N Q g l i.
Proof.
move=> P_le l_lt i_lt f_le; case/orP=> [is_silent|/allP all_unread]; apply/orP; [left | right].
  apply: silent_row_mono is_silent => // u u_lt; apply: silent_mono => //.
  by apply: leq_trans u_lt (level_le N_ok l_lt).
apply/allP=> u u_in; have := all_unread u u_in; move: u_in; rewrite mem_fed => /andP[u_lt].
by move=> /(sources_fit N_ok u_lt)/and3P[_ _ u_ge]; apply: f_le; rewrite u_ge.
Qed.

Lemma dead_column_mono P Q f g l j :
  below N P Q -> l < layers N -> j < columns N l -> (forall u, reads N l j < u < signals N -> f u -> g u) ->
  dead_column N P f l j -> dead_column N Q g l j.
Proof.
move=> P_le l_lt j_lt f_le; case/or3P=> [removed|is_silent|/allP all_dead]; apply/or3P.
- by apply: Or31; case: P_le => _; apply.
- by apply: Or32; apply: silent_mono is_silent => //; apply: reads_range.
apply: Or33; apply/allP=> i i_in; have := all_dead i i_in; move: i_in; rewrite mem_iota => i_lt.
apply: dead_row_mono => // u /andP[u_ge u_lt]; apply: f_le; rewrite u_lt andbT.
exact: leq_trans (reads_lt N_ok l_lt j_lt) u_ge.
Qed.

(* Marks that the unread rule gives from above: what holds of the later signals holds of this one. *)
Lemma later_ind (P : nat -> Prop) :
  (forall s, s < signals N -> (forall u, s < u < signals N -> P u) -> P s) -> forall s, s < signals N -> P s.
Proof.
move=> step s; move: {2}(signals N - s) (leqnn (signals N - s)) => d; elim: d s => [|d IH] s d_ge s_lt; first by lia.
by apply: step => // u /andP[u_gt u_lt]; apply: IH => //; lia.
Qed.

Lemma unread_mono P Q s : below N P Q -> s < signals N -> unread N P s -> unread N Q s.
Proof.
move=> P_le; move: s; apply: later_ind => s s_lt IH; rewrite !unreadE //.
case/orP=> [is_silent|/and3P[not_output /allP no_reader /allP unused]]; apply/orP.
  by left; apply: silent_mono is_silent.
right; apply/and3P; split=> //.
  apply/allP=> l l_in; have /allP readers := no_reader l l_in; apply/allP=> j j_in.
  have := readers j j_in; move: l_in j_in; rewrite !mem_iota => l_lt j_lt.
  by case: eqP => //= s_eq; apply: dead_column_mono => //; rewrite s_eq.
apply/allP=> u u_in; have := unused u u_in; move: u_in; rewrite mem_fed => /andP[u_lt].
by move=> /(sources_fit N_ok u_lt) /= s_lt_u; apply: IH; rewrite s_lt_u.
Qed.

(* T12. The closure is a closure. *)
Theorem closure_extensive P : below N P (closure N P).
Proof. by split=> l i _ _ removed /=; rewrite ?/dead_row ?/silent_row ?/dead_column removed. Qed.

Theorem closure_monotone P Q : below N P Q -> below N (closure N P) (closure N Q).
Proof.
move=> P_le; split=> l i l_lt i_lt /=.
  by apply: dead_row_mono => // u /andP[_ u_lt]; apply: unread_mono.
by apply: dead_column_mono => // u /andP[_ u_lt]; apply: unread_mono.
Qed.

Section Again.

Variable P : marks.
Let C := closure N P.

Lemma column_again l j : l < layers N -> j < columns N l -> (silent N C (reads N l j) -> unread N P (reads N l j)) ->
  column C l j || silent N C (reads N l j) -> column C l j.
Proof.
move=> l_lt j_lt unread_again; case/orP=> // /unread_again; rewrite unreadE ?reads_range //.
case/orP=> [is_silent|/and3P[_ /allP no_reader _]]; first by rewrite /= /dead_column is_silent orbT.
have := no_reader l; rewrite mem_iota => /(_ l_lt)/allP /(_ j); rewrite mem_iota => /(_ j_lt).
by rewrite eqxx.
Qed.

Lemma row_again l i : l < layers N -> i < rows N l ->
  (forall u, u < level N l -> silent N C u -> unread N P u) ->
  silent_row N C (silent N C) l i -> row C l i.
Proof.
move=> l_lt i_lt unread_again; case/orP=> // /allP all_dead /=.
have [/allP wholly|partly] := boolP (all (dead_row N P (unread N P) l) (iota 0 (rows N l))).
  by apply: wholly; rewrite mem_iota.
apply/orP; left; apply/orP; right; apply/allP=> j j_in; have := all_dead j j_in; rewrite mem_iota in j_in.
move=> /(column_again l_lt j_in (unread_again _ (reads_lt N_ok l_lt j_in))) /=.
by rewrite /dead_column (negPf partly) orbF.
Qed.

(* What is silent once the dead lines are removed was unread before. *)
Lemma silent_again s : s < signals N -> silent N C s -> unread N P s.
Proof.
elim/ltn_ind: s => s IH s_lt; have [//|not_unread] := boolP (unread N P s).
have le_source x : x \in sources N s -> silent_source N C (silent N C) x -> silent_source N P (silent N P) x.
  move=> x_in; have := sources_fit N_ok s_lt x_in; have s_fed : s \in fed N x by rewrite mem_fed s_lt.
  case: x x_in s_fed => [[l i]|t] x_in s_fed /=.
    case/and3P=> l_lt i_lt level_le row_silent.
    have : row C l i.
      apply: row_again row_silent => // u u_lt; apply: IH; first exact: leq_trans level_le.
      by apply: leq_ltn_trans s_lt; apply: ltnW; apply: leq_trans level_le.
    by case/orP=> // /allP /(_ s s_fed); rewrite (negPf not_unread).
  move=> t_lt /(IH _ t_lt (ltn_trans t_lt s_lt)); rewrite unreadE ?(ltn_trans t_lt) //.
  by case/orP=> // /and3P[_ _ /allP /(_ s s_fed)]; rewrite (negPf not_unread).
move=> again; case/negP: not_unread; rewrite unreadE //; apply/orP; left.
move: again; rewrite !silentE // /silent_rule; case: (joined N s) => // [/allP all_silent|/hasP[x x_in x_silent]].
  by apply/allP=> x x_in; apply: le_source => //; apply: all_silent.
by apply/hasP; exists x => //; apply: le_source.
Qed.

Lemma dead_row_again g l i : l < layers N -> i < rows N l ->
  (forall u, level N l <= u < signals N -> g u -> unread N P u) -> dead_row N C g l i -> row C l i.
Proof.
move=> l_lt i_lt g_le; case/orP=> [|/allP all_unread].
  by apply: row_again => // u u_lt; apply: silent_again; apply: leq_trans u_lt (level_le N_ok l_lt).
apply/orP; right; apply/allP=> u u_in; have := all_unread u u_in; move: u_in; rewrite mem_fed => /andP[u_lt].
by move=> /(sources_fit N_ok u_lt)/and3P[_ _ u_ge]; apply: g_le; rewrite u_ge.
Qed.

Lemma dead_column_again g l j : l < layers N -> j < columns N l ->
  (forall u, reads N l j < u < signals N -> g u -> unread N P u) -> dead_column N C g l j -> column C l j.
Proof.
move=> l_lt j_lt g_le; rewrite /dead_column orbA; case/orP=> [|/allP all_dead].
  by apply: column_again => //; apply: silent_again; apply: reads_range.
apply/or3P; apply: Or33; apply/allP=> i i_in; have := all_dead i i_in; move: i_in; rewrite mem_iota => i_lt.
apply: dead_row_again => // u /andP[u_ge u_lt]; apply: g_le; rewrite u_lt andbT.
exact: leq_trans (reads_lt N_ok l_lt j_lt) u_ge.
Qed.

Lemma unread_again s : s < signals N -> unread N C s -> unread N P s.
Proof.
move: s; apply: later_ind => s s_lt IH; rewrite unreadE //; case/orP; first exact: silent_again.
case/and3P=> not_output /allP no_reader /allP unused; rewrite unreadE //; apply/orP; right.
apply/and3P; split=> //.
  apply/allP=> l l_in; have /allP readers := no_reader l l_in; apply/allP=> j j_in.
  have := readers j j_in; move: l_in j_in; rewrite !mem_iota => l_lt j_lt.
  by case: eqP => //= s_eq; apply: dead_column_again => //; rewrite s_eq.
apply/allP=> u u_in; have := unused u u_in; move: u_in; rewrite mem_fed => /andP[u_lt].
by move=> /(sources_fit N_ok u_lt) /= s_lt_u; apply: IH; rewrite s_lt_u.
Qed.

End Again.

(* One sweep each way finds all dead lines: sweeping again adds none. *)
Theorem closure_idempotent P : closed N (closure N P).
Proof.
split=> l i l_lt i_lt /=.
  by apply: dead_row_again => // u /andP[_ u_lt]; apply: unread_again.
by apply: dead_column_again => // u /andP[_ u_lt]; apply: unread_again.
Qed.

(* The closure is the least closed pruning above. *)
Theorem closure_least P Q : closed N Q -> below N P Q -> below N (closure N P) Q.
Proof. by move=> Q_closed /closure_monotone P_le; apply: below_trans P_le Q_closed. Qed.

(* Without links nothing follows from anything: columns read what the network is given, and every row is read outside. A pruning
   that leaves every layer a row and a column is closed then. *)
Definition unlinked : Prop :=
  (forall l j, l < layers N -> j < columns N l -> joined N (reads N l j) = Input) /\
  (forall l i, l < layers N -> i < rows N l ->
    exists2 s, s < signals N & [/\ sources N s = [:: inl (l, i)], joined N s = Any & output N s]).

Theorem unlinked_closed P :
  unlinked ->
  (forall l, l < layers N -> (exists2 i, i < rows N l & ~~ row P l i) /\ (exists2 j, j < columns N l & ~~ column P l j)) ->
  closed N P.
Proof.
case=> given read_outside some_kept.
have given_alive l j : l < layers N -> j < columns N l -> silent N P (reads N l j) = false.
  by move=> l_lt j_lt; rewrite silentE ?reads_range // /silent_rule given.
have row_removed l i : l < layers N -> silent_row N P (silent N P) l i -> row P l i.
  move=> l_lt; case/orP=> // /allP all_dead; have [_ [j j_lt j_kept]] := some_kept l l_lt.
  by have := all_dead j; rewrite mem_iota (negPf j_kept) given_alive // => /(_ j_lt).
have dead_removed l i : l < layers N -> i < rows N l -> dead_row N P (unread N P) l i -> row P l i.
  move=> l_lt i_lt; case/orP=> [|/allP all_unread]; first exact: row_removed.
  have [s s_lt [s_sources s_any s_output]] := read_outside l i l_lt i_lt.
  have := all_unread s; rewrite mem_fed s_lt s_sources mem_seq1 eqxx => /(_ isT).
  rewrite unreadE // /unread_rule s_output orbF silentE // /silent_rule s_any s_sources /= andbT.
  exact: row_removed.
split=> l i l_lt i_lt /=; first exact: dead_removed.
rewrite /dead_column given_alive //=; case/orP=> // /allP all_dead.
have [[i' i'_lt i'_kept] _] := some_kept l l_lt.
by case/negP: i'_kept; apply: dead_removed => //; apply: all_dead; rewrite mem_iota.
Qed.

End Laws.

(* Costs: a closed pruning is a pruning. *)
Section Costs.

Variables (R : realDomainType) (N : network).
Local Notation L := (layers N).

Definition row_count (l : 'I_L) := rows N l.
Definition column_count (l : 'I_L) := columns N l.

Definition lines_of (P : marks) : Layers.network_pruning row_count column_count :=
  fun l => ([set i : 'I_(row_count l) | row P l i], [set j : 'I_(column_count l) | column P l j]).

Variable W : Layers.network R row_count column_count.
Hypothesis W_ge0 : forall l, nonneg (W l).
Implicit Types (P Q : marks) (p : Layers.network_pruning row_count column_count).

Definition total_surrogate p : R := (\sum_l surrogate (W l) (p l).1 (p l).2)%R.

Theorem total_surrogate_bounds p :
  (Layers.network_cost W p <= total_surrogate p <= Layers.network_cost W p *+ 2)%R.
Proof.
rewrite -sumrMnl; apply/andP; split; apply: ler_sum => l _; first exact: cost_surrogate.
exact: surrogate_two.
Qed.

(* What is removed stays removed: the closure costs no less and removes no fewer units. *)
Lemma lines_below P Q l : below N P Q ->
  ((lines_of P l).1 \subset (lines_of Q l).1) && ((lines_of P l).2 \subset (lines_of Q l).2).
Proof.
move=> [rows_le columns_le]; apply/andP; split; apply/subsetP=> i; rewrite !inE.
  exact: rows_le.
exact: columns_le.
Qed.

Lemma removed_below P Q l : below N P Q ->
  removed (lines_of P l).1 (lines_of P l).2 \subset removed (lines_of Q l).1 (lines_of Q l).2.
Proof.
move/(lines_below l)=> /andP[/subsetP rows_le /subsetP columns_le]; apply/subsetP=> x.
have mem A B : (x \in removed A B) = (x.1 \in A) || (x.2 \in B) by rewrite inE.
by rewrite !mem; case/orP=> [/rows_le ->|/columns_le ->]; rewrite ?orbT.
Qed.

Variables (units : 'I_L -> nat) (target : nat).

Definition meets P := Layers.meets row_count column_count units (fun _ => predT) target (Layers.shapes_of (lines_of P)).

Lemma meets_units P : meets P = (target <= \sum_l units l * #|removed (lines_of P l).1 (lines_of P l).2|).
Proof.
rewrite /meets /Layers.meets Layers.units_removed andb_idl // => _.
by apply/forallP=> l; rewrite Shapes.shape_of_mem.
Qed.

Theorem closure_meets P : meets P -> meets (closure N P).
Proof.
rewrite !meets_units => /leq_trans; apply; apply: leq_sum => l _; rewrite leq_mul2l; apply/orP; right.
by apply: subset_leq_card; apply: removed_below; apply: closure_extensive.
Qed.

Theorem closure_cost P : (Layers.network_cost W (lines_of P) <= Layers.network_cost W (lines_of (closure N P)))%R.
Proof.
apply: ler_sum => l _; rewrite /Shapes.cost_of /cost.
have sub := removed_below l (closure_extensive N P).
rewrite [leRHS](big_setID (removed (lines_of P l).1 (lines_of P l).2)) /= (setIidPr sub) ler_addl.
by apply: sumr_ge0 => x _; apply: W_ge0.
Qed.

(* Every lower bound on prunings that meet the target holds for closed ones. *)
Theorem linked_bound (b : R) :
  (forall p, Layers.meets row_count column_count units (fun _ => predT) target (Layers.shapes_of p) ->
    b <= Layers.network_cost W p)%R ->
  forall P, closed N P -> meets P -> (b <= Layers.network_cost W (lines_of P))%R.
Proof. by move=> bound P _; apply: bound. Qed.

Definition linked_least (c : R) P : Prop :=
  [/\ closed N P, meets P &
    forall Q, closed N Q -> meets Q -> (total_surrogate (lines_of P) <= c * total_surrogate (lines_of Q))%R].

(* The least surrogate over closed prunings, or one within c of it, costs at most 2 c times any closed pruning. *)
Theorem linked_two c P Q : (0 <= c)%R -> linked_least c P -> closed N Q -> meets Q ->
  (Layers.network_cost W (lines_of P) <= c * (Layers.network_cost W (lines_of Q) *+ 2))%R.
Proof.
move=> c_ge0 [_ _ least] Q_closed Q_meets; have /andP[le _] := total_surrogate_bounds (lines_of P).
apply: le_trans le _; apply: le_trans (least Q Q_closed Q_meets) _; rewrite ler_wpmul2l //.
by have /andP[] := total_surrogate_bounds (lines_of Q).
Qed.

End Costs.

(* The definitions run. A layer of two rows; a gate on its two channels; a layer of two columns, one of the gate, one of a
   third signal that the network is given; its only row is the output. Signals: 0 and 1 given, 2 and 3 the channels, 4 the gate,
   5 the output. *)
Definition gated : network := Network 2
  (fun l => if l is 0 then 2 else 1) (fun _ => 2)
  (fun l j => if l is 0 then j else if j is 0 then 4 else 1) (fun l => if l is 0 then 2 else 5) 6
  (fun s => match s with 0 | 1 => Input | 4 => All | _ => Any end)
  (fun s => match s with
    | 2 => [:: inl (0, 0)] | 3 => [:: inl (0, 1)] | 4 => [:: inr 2; inr 3] | 5 => [:: inl (1, 0)] | _ => [::] end)
  (fun s => s == 5).

Definition lines (N : network) (P : marks) : seq (seq bool * seq bool) :=
  [seq ([seq row P l i | i <- iota 0 (rows N l)], [seq column P l j | j <- iota 0 (columns N l)]) | l <- iota 0 (layers N)].

(* Without one channel the gate is silent: the other channel, the columns of the first layer and the gate's reader are dead. *)
Lemma gated_row : well_formed gated /\
  lines gated (closure gated (Marks (fun l i => (l == 0) && (i == 0)) (fun _ _ => false))) =
    [:: ([:: true; true], [:: true; true]); ([:: false], [:: true; false])].
Proof. by vm_compute. Qed.

(* Nobody reads the gate: both channels are dead, and with them the first layer. *)
Lemma gated_column :
  lines gated (closure gated (Marks (fun _ _ => false) (fun l j => (l == 1) && (j == 0)))) =
    [:: ([:: true; true], [:: true; true]); ([:: false], [:: true; false])].
Proof. by vm_compute. Qed.

(* With nothing removed nothing is dead. *)
Lemma gated_nothing :
  lines gated (closure gated (Marks (fun _ _ => false) (fun _ _ => false))) =
    [:: ([:: false; false], [:: false; false]); ([:: false], [:: false; false])].
Proof. by vm_compute. Qed.
