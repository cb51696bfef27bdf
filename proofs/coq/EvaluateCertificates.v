(* The rule of Certificate.v, run inside Coq on the certificates of proofs/certificates.json; the tests compare
   [checkCertificate] of src/certify/certificate.ts with it.

   CertificateData.v is made from the JSON file by the build. A certificate is given as the grid that its importances lie
   on, its price, its goal (one number: a target, two: a shape) and its layers with their tables, all numbers integers.

   bounds                for every certificate: the bound on what is kept and the bound on the cost, an empty list
                         where no pruning meets the goal *)

From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp.zify Require Import ssrZ.
From Coq Require Import ZArith Lia.
From RCPrune Require Import Problem Shapes Bounds Programs Certificate CertificateData.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Set Printing Depth 1000000.
Set Printing Width 200.

Definition integers := [realDomainType of Z].

Definition table_of (given : nat * seq (seq Z)) : table integers :=
  match given.1 with
  | 0 => Rows _
  | 1 => Columns _
  | _ => Split (@entry integers given.2)
  end.

Definition layer_of (given : layer_given) : layer integers * seq (table integers) :=
  let: (units, kept_rows, kept_columns, M) := given.1 in
  (Layer (size M) (size (head [::] M)) units kept_rows kept_columns (@entry integers M), [seq table_of x | x <- given.2]).

Definition goal_of (given : seq nat) : goal :=
  match given with
  | [:: r; c] => Shape r c
  | _ => Target (head O given)
  end.

Definition layers_of (given : Z * Z * seq nat * seq layer_given) := [seq layer_of y | y <- given.2].

(* The knapsack counts where there are several layers. *)
Definition bounds_of (given : Z * Z * seq nat * seq layer_given) : option (Z * Z) :=
  let: (grid, price, goal_given, layers) := given in
  check_list (1 < size layers)%nat (layers_of given) (goal_of goal_given) price (floor_to grid).

Definition bounds : seq (seq Z) :=
  [seq oapp (fun x : Z * Z => [:: x.1; x.2]) [::] (bounds_of given) | given <- certificates].

(* The theorem applies: every number is as it asks. *)
Definition as_asked (given : Z * Z * seq nat * seq layer_given) : bool :=
  let: (grid, price, _, layers) := given in
  [&& (0 <? grid)%Z, (0 <=? price)%Z & all (fun y : layer_given =>
    all (all (fun x : Z => (0 <=? x)%Z && (x mod grid =? 0)%Z)) y.1.2) layers].

Lemma certificates_as_asked : all as_asked certificates.
Proof. by vm_compute. Qed.

Lemma entry_as_asked (Q : Z -> Prop) (M : seq (seq Z)) (q : pred Z) : (forall x, q x -> Q x) -> Q 0 ->
  all (all q) M -> forall i j, Q (@entry integers M i j).
Proof.
move=> q_Q Q0 /allP M_q i j; rewrite /entry; have [i_lt|i_ge] := ltnP i (size M); last first.
  by rewrite [nth [::] M i]nth_default // nth_nil.
have /allP row_q := M_q _ (mem_nth [::] i_lt); have [j_lt|j_ge] := ltnP j (size (nth [::] M i)); last first.
  by rewrite nth_default.
exact/q_Q/row_q/mem_nth.
Qed.

Lemma bounds_sound given out
    (p : forall l, pruning (part_rows (@part_at _ (layers_of given) l)) (part_columns (@part_at _ (layers_of given) l))) :
  given \in certificates -> bounds_of given = Some out -> meets (goal_of given.1.2) p ->
  kept_total (@matrix_at _ (layers_of given)) p <= (out.1 : integers) /\
  (out.2 : integers) <= cost_total (@matrix_at _ (layers_of given)) p.
Proof.
move=> given_in; have := allP certificates_as_asked given given_in.
case: given p {given_in} => [[[grid price] goal_given] ys] p /= /and3P[grid_gt0 price_ge0 /allP ys_asked].
set xs := layers_of _; have asked l : exists2 y : layer_given, y \in ys & tnth (in_tuple xs) l = layer_of y.
  have l_lt := leq_trans (ltn_ord l) (eq_leq (size_map layer_of ys)).
  pose y0 := tnth (in_tuple ys) (Ordinal l_lt); exists (nth y0 ys l); first exact: mem_nth.
  by rewrite (tnth_nth (layer_of y0)) (nth_map y0).
apply: grid_check_sound => // l i j.
- case: (asked l) => -[[[[k a] b] M] tables] /ys_asked y_asked ->.
  by apply: (@entry_as_asked (fun x => (0 : integers) <= x) M _ _ _ y_asked) => // x /andP[].
case: (asked l) => -[[[[k a] b] M] tables] /ys_asked y_asked ->.
apply: (@entry_as_asked (on_grid grid) M _ _ _ y_asked) => [x /andP[_ /Z.eqb_eq x_mod]|].
  exists (x / grid)%Z; have grid_ne0 : grid <> 0%Z by move: grid_gt0 => /Z.ltb_lt; lia.
  by rewrite {1}(Z.div_mod x grid grid_ne0) x_mod Z.add_0_r.
by exists 0; rewrite mulr0.
Qed.

Eval vm_compute in bounds.
