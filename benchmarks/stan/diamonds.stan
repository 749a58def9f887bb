// Regression on centred predictors; as models/diamonds.py.
data {
  int<lower=1> N;
  int<lower=1> K;
  matrix[N, K] X;
  vector[N] y;
}
parameters {
  vector[K] b;
  real intercept;
  real<lower=0> sigma;
}
model {
  b ~ std_normal();
  intercept ~ student_t(3, 8, 10);
  sigma ~ student_t(3, 0, 10);
  y ~ normal_id_glm(X, intercept, b, sigma);
}
