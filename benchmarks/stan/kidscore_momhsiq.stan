// Regression without priors on the coefficients; as models/kidscore_momhsiq.py.
data {
  int<lower=0> N;
  int<lower=0> K;
  matrix[N, K] X;
  vector[N] y;
}
parameters {
  real alpha;
  vector[K] beta;
  real<lower=0> sigma;
}
model {
  sigma ~ cauchy(0, 2.5);
  y ~ normal_id_glm(X, alpha, beta, sigma);
}
