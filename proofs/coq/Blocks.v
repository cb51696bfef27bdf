(* Pruning as a decision problem, and what it asks of a matrix of zeros and ones: the part of T6 that both reductions
   share.

   question R          a matrix, a goal (a target, or exactly a shape) and a budget
   meets_goal g A B    the pruning (A, B) reaches the goal
   yes q               some pruning that reaches the goal costs at most the budget
   entries q           of the matrix: the size of the question
   ones f              the matrix whose entry (i, j) is 1 when f i j, else 0
   block f I J         the rows I and the columns J meet in ones only
   has_block f a b     some block has a rows and b columns
   keep_block f a b    asks for it by shape: keep a rows and b columns, at weight a b or more
   keep_area f a b     asks for it by target: keep at most a b entries, at weight a b or more
   NO g, YES g         the matrices [[1]] and [[0]] with budget 0: the answers to sources that are decided at sight *)

From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import zify.
From RCPrune Require Import Problem.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Lemma card_setC m (A : {set 'I_m}) : #|~: A| = (m - #|A|)%N.
Proof. by rewrite cardsCs setCK card_ord. Qed.

Lemma removed_kept m n (A : {set 'I_m}) (B : {set 'I_n}) : (#|removed A B| + #|~: A| * #|~: B| = m * n)%N.
Proof.
have := cardsC A; have := cardsC B; rewrite card_removed /removed_count !card_ord.
move: #|A| #|~: A| #|B| #|~: B| => a a' b b' <- <-; nia.
Qed.

Inductive goal := Target of nat | Shape of nat & nat.

Record question (R : realDomainType) := Question {
  rows : nat;
  columns : nat;
  importance : 'M[R]_(rows, columns);
  aim : goal;
  budget : R
}.

Definition meets_goal g m n (A : {set 'I_m}) (B : {set 'I_n}) : Prop :=
  match g with
  | Target target => (target <= #|removed A B|)%N
  | Shape r c => #|A| = r /\ #|B| = c
  end.

Definition yes R (q : question R) : Prop :=
  exists A B, meets_goal (aim q) A B /\ cost (importance q) A B <= budget q.

Definition entries R (q : question R) : nat := (rows q * columns q)%N.

Section Blocks.

Variables (R : realDomainType) (m n : nat) (f : 'I_m -> 'I_n -> bool).
Implicit Types (I : {set 'I_m}) (J : {set 'I_n}).

Definition ones : 'M[R]_(m, n) := \matrix_(i, j) (f i j)%:R.

Definition block I J : Prop := forall i j, i \in I -> j \in J -> f i j.

Definition has_block a b : Prop := exists I J, [/\ #|I| = a, #|J| = b & block I J].

Definition total : R := \sum_i \sum_j ones i j.

Definition keep_block a b := Question ones (Shape (m - a) (n - b)) (total - (a * b)%:R).

Definition keep_area a b := Question ones (Target (m * n - a * b)) (total - (a * b)%:R).

(* What may be kept at least is what may be removed at most. *)
Lemma within_budget (I : {set 'I_m}) (J : {set 'I_n}) (x : R) :
  (cost ones (~: I) (~: J) <= total - x) = (x <= weight ones I J).
Proof. by rewrite ler_subr_addr -[total](cost_kept ones (~: I) (~: J)) ler_add2l kept_weight !setCK. Qed.

Let holes I J := [set e in setX I J | ~~ f e.1 e.2].

(* The weight of a block is its area less its zeros. *)
Lemma weight_holes I J : weight ones I J + #|holes I J|%:R = (#|I| * #|J|)%:R.
Proof.
rewrite -cardsX -(cardsID [set e | f e.1 e.2] (setX I J)) natrD; congr (_ + _%:R).
  rewrite /weight pair_big /= -sum1_card natr_sum [in RHS](eq_bigl (fun e => (e \in setX I J) && f e.1 e.2)).
    rewrite [RHS]big_mkcondr /=; apply: eq_big => [[i j]|[i j] _]; first by rewrite in_setX.
    by rewrite mxE /=; case: (f i j).
  by move=> e; rewrite !inE.
by apply: eq_card => e; rewrite !inE andbC.
Qed.

Lemma weight_block I J : (#|I| * #|J|)%:R <= weight ones I J <-> block I J.
Proof.
rewrite -weight_holes ger_addl lern0 cards_eq0; split=> [/eqP no_holes i j i_in j_in|all_ones].
  by have := in_set0 (i, j); rewrite -no_holes !inE /= i_in j_in /=; case: (f i j).
by apply/eqP/setP=> -[i j]; rewrite !inE /=; apply/negP=> /andP[/andP[/all_ones H /H ->]].
Qed.

Lemma weight_area I J : weight ones I J <= (#|I| * #|J|)%:R.
Proof. by rewrite -weight_holes ler_addl ler0n. Qed.

(* Asked by shape. *)
Lemma keep_block_yes a b : (a <= m)%N -> (b <= n)%N -> yes (keep_block a b) <-> has_block a b.
Proof.
rewrite /yes /= => a_le b_le; split=> [[A [B [[cardA cardB] cheap]]]|[I [J [cardI cardJ all_ones]]]].
  have cardI : #|~: A| = a by rewrite card_setC cardA subKn.
  have cardJ : #|~: B| = b by rewrite card_setC cardB subKn.
  exists (~: A), (~: B); split=> //; apply/weight_block.
  by rewrite cardI cardJ -within_budget !setCK.
exists (~: I), (~: J); split=> /=; last by rewrite within_budget -cardI -cardJ; apply/weight_block.
by rewrite !card_setC cardI cardJ.
Qed.

(* Asked by target: a prime number of rows, above the number of columns and above half the number of rows. *)
Lemma keep_area_yes p b :
  prime p -> (n < p)%N -> (m < p * 2)%N -> (0 < b <= n)%N -> yes (keep_area p b) <-> has_block p b.
Proof.
rewrite /yes /= => p_prime n_lt m_lt /andP[b_gt0 b_le]; have p_gt0 := prime_gt0 p_prime.
split=> [[A [B [target_met cheap]]]|[I [J [cardI cardJ all_ones]]]].
  have heavy : (p * b)%:R <= weight ones (~: A) (~: B) by rewrite -within_budget !setCK.
  have area : (#|~: A| * #|~: B| = p * b)%N.
    apply/eqP; rewrite eqn_leq -[X in _ && X](ler_nat R) (le_trans heavy (weight_area _ _)) andbT.
    by move: target_met; rewrite -(removed_kept A B) leq_subLR addnC leq_add2r.
  have J_gt0 : (0 < #|~: B|)%N by rewrite lt0n; apply: contraTneq b_gt0 => J0; move: area; rewrite J0; nia.
  have I_gt0 : (0 < #|~: A|)%N by rewrite lt0n; apply: contraTneq b_gt0 => I0; move: area; rewrite I0; nia.
  have J_lt : (#|~: B| < p)%N by rewrite (leq_ltn_trans _ n_lt) // card_setC leq_subr.
  have I_lt : (#|~: A| < p * 2)%N by rewrite (leq_ltn_trans _ m_lt) // card_setC leq_subr.
  have cardI : #|~: A| = p.
    have : (p %| #|~: A| * #|~: B|)%N by rewrite area dvdn_mulr.
    rewrite Euclid_dvdM // => /orP[/dvdnP[q q_eq]|/(dvdn_leq J_gt0)]; last by rewrite leqNgt J_lt.
    by move: I_gt0 I_lt; rewrite q_eq; case: q {q_eq} => [//|[|q]]; rewrite ?mul1n //; nia.
  exists (~: A), (~: B); split=> //; last by apply/weight_block; rewrite area.
  by apply/eqP; rewrite -(eqn_pmul2l p_gt0) -area cardI.
exists (~: I), (~: J); split=> /=; last by rewrite within_budget -cardI -cardJ; apply/weight_block.
by have := removed_kept (~: I) (~: J); rewrite !setCK cardI cardJ => <-; rewrite addnK.
Qed.

End Blocks.

Section AtSight.

Variable R : realDomainType.

Definition NO g : question R := Question (const_mx 1 : 'M_(1, 1)) g 0.

Definition YES g : question R := Question (const_mx 0 : 'M_(1, 1)) g 0.

Lemma NO_no g : (forall A B : {set 'I_1}, meets_goal g A B -> 0 < #|removed A B|)%N -> ~ yes (NO g).
Proof.
move=> some_removed [A [B [/some_removed nonempty]]] /=; rewrite /cost.
under eq_bigr do rewrite mxE.
by rewrite sumr_const -mulr_natr mul1r lern0 -leqn0 leqNgt nonempty.
Qed.

Lemma NO_target : ~ yes (NO (Target 1)).
Proof. exact: NO_no. Qed.

Lemma NO_shape : ~ yes (NO (Shape 1 0)).
Proof. by apply: NO_no => A B [cardA cardB]; rewrite card_removed cardA cardB. Qed.

Lemma YES_cost g A B : cost (importance (YES g)) A B <= budget (YES g).
Proof. by rewrite /cost big1 // => e _; rewrite mxE. Qed.

Lemma YES_target : yes (YES (Target 0)).
Proof. by exists set0, set0; split=> //; apply: YES_cost. Qed.

Lemma YES_shape : yes (YES (Shape 0 0)).
Proof. by exists set0, set0; split; [rewrite /= !cards0 | apply: YES_cost]. Qed.

End AtSight.

(* Lines of a padded matrix, and lines that stand for elements. *)
Section Counting.

Lemma card_padded m t (I : {set 'I_(m + t)}) :
  #|I| = (#|[set i | lshift t i \in I]| + #|[set i | rshift m i \in I]|)%N.
Proof. by rewrite -sum1_card big_split_ord /= -2!sum1_card; congr (_ + _)%N; apply: eq_bigl => i; rewrite inE. Qed.

Lemma card_enum_val (T : finType) (A : {pred T}) (P : pred T) :
  #|[set j : 'I_#|A| | P (enum_val j)]| = #|[set x in A | P x]|.
Proof.
rewrite -(card_imset _ (@enum_val_inj _ A)); apply: eq_card => x; rewrite !inE.
apply/imsetP/andP=> [[j]|[x_in Px]]; first by rewrite inE => Pj ->; split; [apply: enum_valP|].
by exists (enum_rank_in x_in x); rewrite ?inE enum_rankK_in.
Qed.

End Counting.
