// Hidden Markov model of some states; as models/hmm_gaussian.py.
data {
  int<lower=1> K;
  int<lower=1> N;
  vector[N] y;
}
parameters {
  simplex[K] first;
  array[K] simplex[K] A;
  vector<lower=0>[K] sigma;
  ordered[K] mu;
}
model {
  matrix[K, N] emission;
  matrix[K, K] step;
  for (k in 1:K) {
    step[k] = A[k]';
    emission[k] = (-0.5 * square((y - mu[k]) / sigma[k]) - log(sigma[k]))';
  }
  // As posteriordb's program has it, for all states at once; apart, as its exponential underflows.
  target += sum(emission[, 1]);
  emission[, 1] = rep_vector(0, K);
  target += hmm_marginal(emission, step, first);
}
