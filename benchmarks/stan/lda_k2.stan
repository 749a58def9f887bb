// Topics of words; as models/lda_k2.py.
data {
  int<lower=0> K;
  int<lower=0> M;
  int<lower=0> V;
  int<lower=0> N;
  array[N] int<lower=1, upper=M> document;
  array[N] int<lower=1, upper=V> word;
}
parameters {
  array[M] simplex[K] theta;
  array[K] simplex[V] phi;
}
model {
  vector[N] text = rep_vector(0, N);
  for (m in 1:M) {
    theta[m] ~ dirichlet(rep_vector(1, K));
  }
  for (k in 1:K) {
    phi[k] ~ dirichlet(rep_vector(1, V));
    text += to_vector(theta[document, k]) .* phi[k, word];
  }
  target += sum(log(text));
}
