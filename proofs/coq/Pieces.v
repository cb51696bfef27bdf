(* The pieces of a certificate that rest on a norm, without square roots. They sharpen T5b.

   W = p 1' + 1 q' + N, and [normed N lambda mu s] of Spectral.v: (x' N y)^2 <= s^2 (sum lambda x^2) (sum mu y^2).

   row_image N y         N y;  column_image N x: N' x
   tangent_rows ... b    the coefficients of x, the indicator of the kept rows, when b columns stay:
                         b p + N v + h lambda (1 - 2 u);  tangent_columns ... a: those of y
   tangent_constant ...  - u' N v + h sum lambda u^2 + k sum mu v^2
   spread lambda G A e a   top_a lambda - 2 A a (1 - e) + A^2 G (1 + e): at least sum lambda (x - A g)^2 for every x of a
                         ones, when G is at least the sum of g and every lambda_i g_i is within e of 1
   centred ...           b top_a p + a top_b q + A top_b (N' g) + B top_a (N h) - A B c, with A chosen for a, B for b, and c at
                         most g' N h

   In src/certify/kept-bounds.ts `lowerByTangent` is the first with k = s^2 / 4 h, and `lowerBySum` is the second
   with e = 2 u, where u = 2^-53. *)

From mathcomp Require Import all_ssreflect all_algebra.
From RCPrune Require Import Problem Shapes Bounds Spectral.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Bilinear.

Variables (R : realDomainType) (m n : nat).
Implicit Types (N : 'M[R]_(m, n)) (x u g p lambda : 'I_m -> R) (y v h q mu : 'I_n -> R).

Definition row_image N y i : R := \sum_j N i j * y j.

Definition column_image N x j : R := \sum_i x i * N i j.

Lemma bilinear_rows N x y : bilinear N x y = \sum_i x i * row_image N y i.
Proof. by apply: eq_bigr => i _; rewrite mulr_sumr; apply: eq_bigr => j _; rewrite mulrA. Qed.

Lemma bilinear_columns N x y : bilinear N x y = \sum_j column_image N x j * y j.
Proof. by rewrite /bilinear exchange_big; apply: eq_bigr => j _; rewrite mulr_suml. Qed.

Lemma bilinear_subl N x u y : bilinear N (fun i => x i - u i) y = bilinear N x y - bilinear N u y.
Proof. by rewrite !bilinear_rows -sumrB; apply: eq_bigr => i _; rewrite mulrBl. Qed.

Lemma bilinear_subr N x y v : bilinear N x (fun j => y j - v j) = bilinear N x y - bilinear N x v.
Proof. by rewrite !bilinear_columns -sumrB; apply: eq_bigr => j _; rewrite mulrBr. Qed.

(* x' N y = (x - u)' N (y - v) + x' N v + u' N y - u' N v. *)
Lemma bilinear_shift N x u y v : bilinear N x y =
  bilinear N (fun i => x i - u i) (fun j => y j - v j) + bilinear N x v + bilinear N u y - bilinear N u v.
Proof.
by rewrite bilinear_subl !bilinear_subr [_ + bilinear N x v]addrAC subrK -addrA subrK.
Qed.

End Bilinear.

Section Indicator.

Variables (R : realDomainType) (T : finType).
Implicit Types (S : {set T}) (w u : T -> R).

Lemma sum_indicator S w : \sum_i indicator R S i * w i = \sum_(i in S) w i.
Proof.
by rewrite [RHS]big_mkcond; apply: eq_bigr => i _; rewrite /indicator; case: (i \in S); rewrite ?mul1r ?mul0r.
Qed.

(* x^2 = x makes the squares linear in x. *)
Lemma squares_shift S w u : squares w (fun i => indicator R S i - u i) =
  \sum_(i in S) w i * (1 - u i *+ 2) + squares w u.
Proof.
rewrite -sum_indicator -big_split; apply: eq_bigr => i _ /=; rewrite /indicator; case: (i \in S).
  by rewrite mul1r -mulrDr sqrrB expr1n mul1r.
by rewrite mul0r add0r sub0r sqrrN.
Qed.

Lemma squares_ge0 w u : (forall i, 0 <= w i) -> 0 <= squares w u.
Proof. by move=> w_ge0; apply: sumr_ge0 => i _; rewrite mulr_ge0 ?sqr_ge0. Qed.

Lemma top_of_ge k S w w' : #|S| = k -> (forall i, w i <= w' i) -> \sum_(i in S) w i <= top_of k w'.
Proof. by move=> <- w_le; apply: le_trans (top_of_set _ _); apply: ler_sum. Qed.

End Indicator.

Lemma regroup (R : realDomainType) (P Q D r c e X X' Y Y' : R) : D <= X + X' + (Y + Y') ->
  P + Q + (D + r + c - e) <= P + r + X + (Q + c + Y) + (X' + Y' - e).
Proof.
by move=> D_le; rewrite [leRHS](AC (3*3*3) ((1*4)*((3*7*(6*8))*2*5*9))) /= ler_add2l !ler_add2r.
Qed.

(* Greater weights keep a norm: the checker verifies it for the doubles 1 / alpha^2 and bounds with lambda >= 1 / alpha^2. *)
Theorem normed_weights (R : realDomainType) m n (N : 'M[R]_(m, n)) (w w' : 'I_m -> R) (z z' : 'I_n -> R) (s : R) :
  (forall i, 0 <= w i <= w' i) -> (forall j, 0 <= z j <= z' j) -> normed N w z s -> normed N w' z' s.
Proof.
move=> w_le z_le norm_N x y; apply: le_trans (norm_N x y) _.
have squares_le (T : finType) (v v' a : T -> R) : (forall i, 0 <= v i <= v' i) -> squares v a <= squares v' a.
  by move=> v_le; apply: ler_sum => i _; rewrite ler_wpmul2r ?sqr_ge0 //; case/andP: (v_le i).
have squares_pos (T : finType) (v v' a : T -> R) : (forall i, 0 <= v i <= v' i) -> 0 <= squares v a.
  by move=> v_le; apply: squares_ge0 => i; case/andP: (v_le i).
apply: ler_pmul; [by rewrite mulr_ge0 ?sqr_ge0 ?(squares_pos _ _ w') | exact: squares_pos z_le | | exact: squares_le].
by rewrite ler_wpmul2l ?sqr_ge0 ?squares_le.
Qed.

(* T5b, multiplicative, with a norm: r is at least s sqrt(top_a lambda top_b mu). *)
Theorem multiplicative_normed_sound (R : realDomainType) m n (W : 'M[R]_(m, n)) (f lambda : 'I_m -> R)
    (g mu : 'I_n -> R) (s : R) (r : nat -> nat -> R) :
  (forall i, 0 <= f i) -> (forall j, 0 <= g j) -> (forall i, 0 <= lambda i) -> (forall j, 0 <= mu j) ->
  normed (W - multiplicative f g) lambda mu s ->
  (forall a b, 0 <= r a b) -> (forall a b, s ^+ 2 * top_of a lambda * top_of b mu <= r a b ^+ 2) ->
  sound W (fun a b => top_of a f * top_of b g + r a b).
Proof.
move=> f_ge0 g_ge0 lambda_ge0 mu_ge0 norm_N r_ge0 r_le; rewrite -[W](subrK (multiplicative f g)) addrC.
exact: sound_add (multiplicative_sound f_ge0 g_ge0) (normed_sound lambda_ge0 mu_ge0 norm_N r_ge0 r_le).
Qed.

Section Tangent.

Variables (R : realDomainType) (m n : nat) (W : 'M[R]_(m, n)) (p : 'I_m -> R) (q : 'I_n -> R).
Variables (lambda : 'I_m -> R) (mu : 'I_n -> R) (s : R).

Let N := W - additive p q.

Hypothesis lambda_ge0 : forall i, 0 <= lambda i.
Hypothesis mu_ge0 : forall j, 0 <= mu j.
Hypothesis norm_N : normed N lambda mu s.

Lemma kept_parts (t : pruning m n) : kept W t.1 t.2 =
  \sum_(i in ~: t.1) p i *+ #|~: t.2| + \sum_(j in ~: t.2) q j *+ #|~: t.1| +
  bilinear N (indicator R (~: t.1)) (indicator R (~: t.2)).
Proof.
rewrite bilinear_indicator kept_weight -{1}[W](subrK (additive p q)) addrC weight_add; congr (_ + _).
rewrite /weight; under eq_bigr => i _ do under eq_bigr => j _ do rewrite mxE.
by under eq_bigr => i _ do rewrite big_split sumr_const /=; rewrite big_split sumr_const /= !sumrMnl.
Qed.

(* The quadratic form of a norm, for all h and k with 4 h k >= s^2. *)
Theorem normed_curved (h k : R) : 0 <= h -> 0 <= k -> s ^+ 2 <= h * k *+ 4 -> forall x y,
  bilinear N x y <= h * squares lambda x + k * squares mu y.
Proof.
move=> h_ge0 k_ge0 hk_ge x y; set X := h * _; set Y := k * _.
have [X_ge0 Y_ge0] : 0 <= X /\ 0 <= Y by rewrite !mulr_ge0 ?squares_ge0.
have [b_le0|b_gt0] := leP (bilinear N x y) 0; first by apply: le_trans b_le0 _; rewrite addr_ge0.
rewrite -(@ler_pexpn2r _ 2) ?nnegrE ?addr_ge0 ?(ltW b_gt0) //; apply: le_trans (norm_N x y) _.
apply: (@le_trans _ _ (X * Y *+ 4)); last exact: (leif_AGM2_scaled X Y).1.
rewrite /X /Y mulrACA -mulrnAl -mulrA ler_wpmul2r ?mulr_ge0 ?squares_ge0 //.
Qed.

Section AtPoints.

Variables (h k : R) (u : 'I_m -> R) (v : 'I_n -> R).
Hypothesis h_ge0 : 0 <= h.
Hypothesis k_ge0 : 0 <= k.
Hypothesis hk_ge : s ^+ 2 <= h * k *+ 4.

Definition tangent_rows b i : R := p i *+ b + row_image N v i + h * (lambda i * (1 - u i *+ 2)).

Definition tangent_columns a j : R := q j *+ a + column_image N u j + k * (mu j * (1 - v j *+ 2)).

Definition tangent_constant : R := h * squares lambda u + k * squares mu v - bilinear N u v.

(* T5b, tangents: with any coefficients and any constant that are at least these. *)
Theorem tangent_sound (F : nat -> 'I_m -> R) (G : nat -> 'I_n -> R) c :
  (forall b i, tangent_rows b i <= F b i) -> (forall a j, tangent_columns a j <= G a j) -> tangent_constant <= c ->
  sound W (fun a b => top_of a (F b) + top_of b (G a) + c).
Proof.
move=> F_ge G_ge c_ge t; rewrite kept_parts; set x := indicator R _; set y := indicator R _.
have F_top := top_of_ge (erefl #|~: t.1|) (F_ge #|~: t.2|).
have G_top := top_of_ge (erefl #|~: t.2|) (G_ge #|~: t.1|).
apply: le_trans (ler_add (ler_add F_top G_top) c_ge).
rewrite !big_split -!mulr_sumr /= (bilinear_shift N x u y v) (bilinear_rows N x v) (bilinear_columns N u y).
have := normed_curved h_ge0 k_ge0 hk_ge (fun i => x i - u i) (fun j => y j - v j).
rewrite !squares_shift !mulrDr /tangent_constant sum_indicator.
under [X in _ + X - _]eq_bigr => j _ do rewrite mulrC.
rewrite sum_indicator.
exact: regroup.
Qed.

End AtPoints.

(* Around the points A g and B h, for every shape its own A and B. *)
Section Centred.

Variables (g : 'I_m -> R) (h : 'I_n -> R) (e G H c : R) (A B : nat -> R).
Hypothesis e_ge0 : 0 <= e.
Hypothesis g_ge0 : forall i, 0 <= g i.
Hypothesis h_ge0 : forall j, 0 <= h j.
Hypothesis g_near : forall i, 1 - e <= lambda i * g i <= 1 + e.
Hypothesis h_near : forall j, 1 - e <= mu j * h j <= 1 + e.
Hypothesis G_ge : \sum_i g i <= G.
Hypothesis H_ge : \sum_j h j <= H.
Hypothesis A_ge0 : forall a, 0 <= A a.
Hypothesis B_ge0 : forall b, 0 <= B b.
Hypothesis c_le : c <= bilinear N g h.

Definition spread (T : finType) (w : T -> R) X z k : R := top_of k w - z * (1 - e) *+ k *+ 2 + z ^+ 2 * ((1 + e) * X).

Lemma spread_ge (T : finType) (w x : T -> R) X z (S : {set T}) : 0 <= z -> (forall i, 0 <= x i) ->
  (forall i, 1 - e <= w i * x i <= 1 + e) -> \sum_i x i <= X ->
  squares w (fun i => indicator R S i - z * x i) <= spread w X z #|S|.
Proof.
move=> z_ge0 x_ge0 near X_ge; rewrite squares_shift /spread.
have -> : \sum_(i in S) w i * (1 - (z * x i) *+ 2) = \sum_(i in S) w i - z * (\sum_(i in S) w i * x i) *+ 2.
  rewrite mulr_sumr -sumrMnl -sumrB; apply: eq_bigr => i _.
  by rewrite mulrBr mulr1 mulrnAr mulrCA.
apply: ler_add; first (apply: ler_add; first exact: top_of_set).
  rewrite ler_opp2 ler_wmuln2r // -mulrnAr ler_wpmul2l // -sumr_const.
  by apply: ler_sum => i _; case/andP: (near i).
have -> : squares w (fun i => z * x i) = z ^+ 2 * \sum_i w i * x i * x i.
  by rewrite mulr_sumr; apply: eq_bigr => i _; rewrite exprMn mulrCA -[w i * x i * x i]mulrA -expr2.
rewrite ler_wpmul2l ?sqr_ge0 //; apply: (@le_trans _ _ ((1 + e) * \sum_i x i)).
  by rewrite mulr_sumr; apply: ler_sum => i _; rewrite ler_wpmul2r //; case/andP: (near i).
by rewrite ler_wpmul2l ?addr_ge0 ?ler01.
Qed.

Let x_at (t : pruning m n) i := indicator R (~: t.1) i - A #|~: t.1| * g i.
Let y_at (t : pruning m n) j := indicator R (~: t.2) j - B #|~: t.2| * h j.

(* T5b, centred: with any upper bounds on N h, N' g and the root of the product. *)
Theorem centred_sound (F : 'I_m -> R) (F' : 'I_n -> R) (r : nat -> nat -> R) :
  (forall i, row_image N h i <= F i) -> (forall j, column_image N g j <= F' j) -> (forall a b, 0 <= r a b) ->
  (forall a b, s ^+ 2 * spread lambda G (A a) a * spread mu H (B b) b <= r a b ^+ 2) ->
  sound W (fun a b => top_of a p *+ b + top_of b q *+ a +
    (A a * top_of b F' + B b * top_of a F - A a * B b * c) + r a b).
Proof.
move=> F_ge F'_ge r_ge0 r_ge t; rewrite kept_parts; set a := #|~: t.1|; set b := #|~: t.2|.
rewrite (bilinear_shift N _ (fun i => A a * g i) _ (fun j => B b * h j)).
have -> : bilinear N (indicator R (~: t.1)) (fun j => B b * h j) = B b * \sum_(i in ~: t.1) row_image N h i.
  rewrite bilinear_rows sum_indicator mulr_sumr; apply: eq_bigr => i _.
  by rewrite mulr_sumr; apply: eq_bigr => j _; rewrite mulrCA.
have -> : bilinear N (fun i => A a * g i) (indicator R (~: t.2)) = A a * \sum_(j in ~: t.2) column_image N g j.
  rewrite bilinear_columns; under eq_bigr => j _ do rewrite mulrC.
  rewrite sum_indicator mulr_sumr; apply: eq_bigr => j _.
  by rewrite mulr_sumr; apply: eq_bigr => i _; rewrite mulrA.
have -> : bilinear N (fun i => A a * g i) (fun j => B b * h j) = A a * B b * bilinear N g h.
  rewrite mulr_sumr; apply: eq_bigr => i _; rewrite mulr_sumr; apply: eq_bigr => j _.
  by rewrite (AC (3*2) ((1*4)*(2*3*5))).
have F_top := ler_wpmul2l (B_ge0 b) (top_of_ge (erefl a) F_ge).
have F'_top := ler_wpmul2l (A_ge0 a) (top_of_ge (erefl b) F'_ge).
have c_top : A a * B b * c <= A a * B b * bilinear N g h by rewrite ler_wpmul2l ?mulr_ge0.
have r_top : bilinear N (x_at t) (y_at t) <= r a b.
  have [le0|gt0] := leP (bilinear N (x_at t) (y_at t)) 0; first exact: le_trans le0 (r_ge0 _ _).
  rewrite -(@ler_pexpn2r _ 2) ?nnegrE ?r_ge0 ?(ltW gt0) //; apply: le_trans (norm_N _ _) (le_trans _ (r_ge a b)).
  have x_le : squares lambda (x_at t) <= spread lambda G (A a) a by apply: (@spread_ge _ lambda g G (A a) (~: t.1)).
  have y_le : squares mu (y_at t) <= spread mu H (B b) b by apply: (@spread_ge _ mu h H (B b) (~: t.2)).
  apply: ler_pmul => //; [by rewrite mulr_ge0 ?sqr_ge0 ?squares_ge0 | exact: squares_ge0 |].
  by rewrite ler_wpmul2l ?sqr_ge0.
have p_top : \sum_(i in ~: t.1) p i *+ b <= top_of a p *+ b by rewrite sumrMnl ler_wmuln2r // top_of_set.
have q_top : \sum_(j in ~: t.2) q j *+ a <= top_of b q *+ a by rewrite sumrMnl ler_wmuln2r // top_of_set.
rewrite -/(x_at t) -/(y_at t).
apply: (@le_trans _ _ (top_of a p *+ b + top_of b q *+ a + (r a b + B b * top_of a F + A a * top_of b F' - A a * B b * c))).
  by rewrite !ler_add // ler_opp2.
by rewrite [leRHS](AC (2*3*1) ((1*2)*(6*4*3*5))).
Qed.

End Centred.

End Tangent.
