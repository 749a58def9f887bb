// Logistic regression; as models/logistic_10kx100.py.
data {
  int<lower=0> N;
  int<lower=0> K;
  matrix[N, K] X;
  array[N] int<lower=0, upper=1> y;
}
parameters {
  real intercept;
  vector[K] beta;
}
model {
  intercept ~ normal(0, 2.5);
  beta ~ std_normal();
  y ~ bernoulli_logit_glm(X, intercept, beta);
}
