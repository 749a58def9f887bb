// Intercepts of groups, non-centred; as models/hier_1000x20k.py.
data {
  int<lower=0> N;
  int<lower=0> J;
  array[N] int<lower=1, upper=J> group;
  vector[N] x;
  vector[N] y;
}
transformed data {
  matrix[N, 1] X = to_matrix(x, N, 1);
}
parameters {
  real mu;
  real<lower=0> tau;
  real slope;
  real<lower=0> sigma;
  vector[J] z;
}
model {
  vector[J] intercept = mu + tau * z;
  mu ~ normal(0, 5);
  tau ~ normal(0, 2);
  slope ~ normal(0, 5);
  sigma ~ normal(0, 2);
  z ~ std_normal();
  y ~ normal_id_glm(X, intercept[group], rep_vector(slope, 1), sigma);
}
