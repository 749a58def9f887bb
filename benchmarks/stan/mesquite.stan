// A linear regression without priors; as models/mesquite.py.
data {
  int<lower=0> N;
  int<lower=0> K;
  matrix[N, K] X;
  vector[N] y;
}
parameters {
  vector[K + 1] beta;
  real<lower=0> sigma;
}
model {
  y ~ normal_id_glm(X, beta[1], beta[2:], sigma);
}
