(* The spectral bound, free of square roots: theorem T5b.

   W is written as a sum of parts, each with a sound bound of its own; soundness adds up.

   additive_bound p q a b       b top_a p + a top_b q, for the part S i j = p i + q j
   multiplicative_bound f g a b top_a f * top_b g, for S i j = f i * g j, f and g nonnegative
   quadratic N lambda mu        x' N y <= sum lambda x^2 + sum mu y^2 for all x, y: [[D_lambda, -N/2], [-N'/2, D_mu]] is
                                positive semidefinite
   quadratic_bound lambda mu a b   top_a lambda + top_b mu
   normed N lambda mu s         (x' N y)^2 <= s^2 (sum lambda x^2) (sum mu y^2) for all x, y: s is at least the norm of
                                D_lambda^-1/2 N D_mu^-1/2
   The one numerical step that stays outside is the norm: normed_scaled derives it from what a factorisation of
   s^2 I - B B' shows. *)

From mathcomp Require Import all_ssreflect all_algebra.
From RCPrune Require Import Problem Shapes Bounds.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Parts.

Variables (R : realDomainType) (m n : nat).
Implicit Types (W S N T : 'M[R]_(m, n)) (p f lambda : 'I_m -> R) (q g mu : 'I_n -> R).

Definition top_of (T : finType) k (f : T -> R) : R := top k [seq f x | x <- enum T].

Lemma top_of_set (T : finType) (f : T -> R) (S : {set T}) : \sum_(x in S) f x <= top_of #|S| f.
Proof. exact: top_set. Qed.

Lemma weight_add W W' (I : {set 'I_m}) (J : {set 'I_n}) : weight (W + W') I J = weight W I J + weight W' I J.
Proof. by rewrite -big_split; apply: eq_bigr => i _; rewrite -big_split; apply: eq_bigr => j _; rewrite mxE. Qed.

Lemma sound_add W W' bound bound' :
  sound W bound -> sound W' bound' -> sound (W + W') (fun a b => bound a b + bound' a b).
Proof.
move=> sound_W sound_W' s; rewrite kept_weight weight_add -!kept_weight; exact: ler_add.
Qed.

Definition additive p q : 'M[R]_(m, n) := \matrix_(i, j) (p i + q j).

Definition additive_bound p q a b : R := top_of a p *+ b + top_of b q *+ a.

Definition multiplicative f g : 'M[R]_(m, n) := \matrix_(i, j) (f i * g j).

Definition multiplicative_bound f g a b : R := top_of a f * top_of b g.

Lemma additive_sound p q : sound (additive p q) (additive_bound p q).
Proof.
move=> s; rewrite kept_weight /weight.
under eq_bigr => i _ do under eq_bigr => j _ do rewrite mxE.
under eq_bigr => i _ do rewrite big_split sumr_const /=.
by rewrite big_split sumr_const sumrMnl /= ler_add // ler_wmuln2r // top_of_set.
Qed.

Lemma multiplicative_sound f g : (forall i, 0 <= f i) -> (forall j, 0 <= g j) ->
  sound (multiplicative f g) (multiplicative_bound f g).
Proof.
move=> f_ge0 g_ge0 s; rewrite kept_weight /weight.
under eq_bigr => i _ do under eq_bigr => j _ do rewrite mxE.
under eq_bigr => i _ do rewrite -mulr_sumr.
by rewrite -mulr_suml ler_pmul ?sumr_ge0 ?top_of_set.
Qed.

Definition bilinear N (x : 'I_m -> R) (y : 'I_n -> R) : R := \sum_i \sum_j x i * N i j * y j.

Definition squares (T : finType) (w x : T -> R) : R := \sum_i w i * x i ^+ 2.

Definition indicator (T : finType) (S : {set T}) (x : T) : R := (x \in S)%:R.

Lemma bilinear_indicator N (I : {set 'I_m}) (J : {set 'I_n}) :
  bilinear N (indicator I) (indicator J) = weight N I J.
Proof.
rewrite /weight big_mkcond; apply: eq_bigr => i _; rewrite /indicator; case: (i \in I).
  by rewrite [RHS]big_mkcond; apply: eq_bigr => j _; rewrite mul1r; case: (j \in J); rewrite ?mulr1 ?mulr0.
by rewrite big1 // => j _; rewrite !mul0r.
Qed.

Lemma squares_indicator (T : finType) (w : T -> R) (S : {set T}) :
  squares w (indicator S) = \sum_(x in S) w x.
Proof.
rewrite [RHS]big_mkcond; apply: eq_bigr => x _; rewrite /indicator.
by case: (x \in S); rewrite ?expr1n ?mulr1 // expr0n mulr0.
Qed.

Definition quadratic N lambda mu := forall x y, bilinear N x y <= squares lambda x + squares mu y.

Definition quadratic_bound lambda mu a b : R := top_of a lambda + top_of b mu.

(* T5b, the core: one certificate bounds all shapes. *)
Theorem quadratic_sound N lambda mu : quadratic N lambda mu -> sound N (quadratic_bound lambda mu).
Proof.
move=> cert s; rewrite kept_weight -bilinear_indicator; apply: le_trans (cert _ _) _.
by rewrite !squares_indicator ler_add ?top_of_set.
Qed.

(* T5b, additive: W = p 1' + 1 q' + N. *)
Theorem additive_spectral_sound W p q lambda mu : quadratic (W - additive p q) lambda mu ->
  sound W (fun a b => additive_bound p q a b + quadratic_bound lambda mu a b).
Proof.
move=> /quadratic_sound sound_N; rewrite -[W](subrK (additive p q)) addrC.
exact: sound_add (additive_sound p q) sound_N.
Qed.

(* T5b, multiplicative: W = f g' + N. *)
Theorem multiplicative_spectral_sound W f g lambda mu :
  (forall i, 0 <= f i) -> (forall j, 0 <= g j) -> quadratic (W - multiplicative f g) lambda mu ->
  sound W (fun a b => multiplicative_bound f g a b + quadratic_bound lambda mu a b).
Proof.
move=> f_ge0 g_ge0 /quadratic_sound sound_N; rewrite -[W](subrK (multiplicative f g)) addrC.
exact: sound_add (multiplicative_sound f_ge0 g_ge0) sound_N.
Qed.

(* T5b, everything at once: W = (p 1' + 1 q') + f g' + (U, split with T) + N. *)
Theorem mixed_spectral_sound W U T p q f g lambda mu :
  (forall i, 0 <= f i) -> (forall j, 0 <= g j) ->
  quadratic (W - additive p q - multiplicative f g - U) lambda mu ->
  sound W (fun a b => additive_bound p q a b + multiplicative_bound f g a b + split_bound U T a b +
                      quadratic_bound lambda mu a b).
Proof.
move=> f_ge0 g_ge0 /quadratic_sound sound_N; set S := additive p q; set S' := multiplicative f g.
have -> : W = S + S' + U + (W - S - S' - U) by rewrite addrC [_ + U]addrC addrA subrK [S + S']addrC addrA !subrK.
apply: sound_add (sound_N); apply: sound_add (split_bound_sound U T).
exact: sound_add (additive_sound p q) (multiplicative_sound f_ge0 g_ge0).
Qed.

Definition normed N lambda mu (s : R) :=
  forall x y, bilinear N x y ^+ 2 <= s ^+ 2 * squares lambda x * squares mu y.

(* T5b with a norm: r stands for a number at least s sqrt(top_a lambda top_b mu), for instance that rounded upward. *)
Theorem normed_sound N lambda mu s (r : nat -> nat -> R) :
  (forall i, 0 <= lambda i) -> (forall j, 0 <= mu j) -> normed N lambda mu s ->
  (forall a b, 0 <= r a b) -> (forall a b, s ^+ 2 * top_of a lambda * top_of b mu <= r a b ^+ 2) -> sound N r.
Proof.
move=> lambda_ge0 mu_ge0 norm_N r_ge0 r_le p; rewrite kept_weight -bilinear_indicator.
have [kept_le0|kept_gt0] := leP (bilinear N (indicator (~: p.1)) (indicator (~: p.2))) 0.
  exact: le_trans kept_le0 (r_ge0 _ _).
rewrite -(@ler_pexpn2r _ 2) ?nnegrE ?r_ge0 ?(ltW kept_gt0) //; apply: le_trans (norm_N _ _) _.
apply: le_trans (r_le _ _); rewrite !squares_indicator ler_pmul ?top_of_set ?sumr_ge0 //.
  by rewrite mulr_ge0 ?sqr_ge0 ?sumr_ge0.
by rewrite ler_wpmul2l ?sqr_ge0 ?top_of_set.
Qed.

End Parts.

(* Cauchy and Schwarz, from the sum of the squares (a_i b_j - a_j b_i)^2. *)
Lemma cauchy_schwarz (R : realDomainType) (T : finType) (a b : T -> R) :
  (\sum_i a i * b i) ^+ 2 <= (\sum_i a i ^+ 2) * (\sum_i b i ^+ 2).
Proof.
suff: 0 <= ((\sum_i a i ^+ 2) * (\sum_i b i ^+ 2) - (\sum_i a i * b i) ^+ 2) *+ 2 by rewrite pmulrn_lge0 // subr_ge0.
have -> : ((\sum_i a i ^+ 2) * (\sum_i b i ^+ 2) - (\sum_i a i * b i) ^+ 2) *+ 2 =
    \sum_i \sum_j (a i * b j - a j * b i) ^+ 2.
  have double (f g : T -> R) : (\sum_i f i) * (\sum_i g i) = \sum_i \sum_j f i * g j.
    by rewrite mulr_suml; apply: eq_bigr => i _; rewrite mulr_sumr.
  rewrite mulrnBl mulr2n {2}mulrC expr2 !double -!sumrMnl -sumrN -!big_split /=; apply: eq_bigr => i _.
  rewrite -!sumrMnl -sumrN -!big_split /=; apply: eq_bigr => j _.
  rewrite sqrrB !exprMn [RHS]addrAC [b i ^+ 2 * _]mulrC; congr (_ - _ *+ 2).
  by rewrite mulrACA [RHS]mulrACA [b j * _]mulrC.
by do 2!apply: sumr_ge0 => ? _; apply: sqr_ge0.
Qed.

Section Norm.

Variables (R : realDomainType) (m n : nat) (B : 'M[R]_(m, n)) (l : 'I_m -> R) (k : 'I_n -> R) (s : R).

(* What a factorisation shows: s^2 I - B B' is positive semidefinite, x' B B' x <= s^2 x' x. *)
Hypothesis factor : forall x : 'I_m -> R, \sum_j (\sum_i x i * B i j) ^+ 2 <= s ^+ 2 * \sum_i x i ^+ 2.

Definition scaled : 'M[R]_(m, n) := \matrix_(i, j) (l i * B i j * k j).

(* Then the scaled matrix N = D_l B D_k has the norm s for the weights l^2 and k^2. *)
Theorem normed_scaled : normed scaled (fun i => l i ^+ 2) (fun j => k j ^+ 2) s.
Proof.
move=> x y; pose x' i := x i * l i; pose y' j := k j * y j.
have -> : bilinear scaled x y = \sum_j (\sum_i x' i * B i j) * y' j.
  rewrite /bilinear exchange_big; apply: eq_bigr => j _; rewrite mulr_suml; apply: eq_bigr => i _.
  by rewrite mxE /x' /y' !mulrA.
apply: le_trans (cauchy_schwarz _ _) _; apply: ler_pmul => //.
- by apply: sumr_ge0 => j _; apply: sqr_ge0.
- by apply: sumr_ge0 => j _; apply: sqr_ge0.
- by apply: le_trans (factor x') _; rewrite le_eqVlt; apply/orP; left; apply/eqP; congr (_ * _); apply: eq_bigr => i _;
    rewrite /x' exprMn mulrC.
by rewrite le_eqVlt; apply/orP; left; apply/eqP; apply: eq_bigr => j _; rewrite /y' exprMn.
Qed.

End Norm.
