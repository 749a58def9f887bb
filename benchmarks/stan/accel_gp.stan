// Processes by their bases, for mean and for spread; as models/accel_gp.py.
data {
  int<lower=0> N;
  int<lower=0> K;
  int<lower=0> L;
  matrix[N, K] X;
  vector[K] frequency;
  matrix[N, L] Z;
  vector[L] frequency_sigma;
  vector[N] y;
}
parameters {
  real intercept;
  real<lower=0> sd1;
  real<lower=0> length1;
  vector[K] z1;
  real intercept_sigma;
  real<lower=0> sd2;
  real<lower=0> length2;
  vector[L] z2;
}
model {
  vector[K] root = sd1 * sqrt(sqrt(2 * pi()) * length1) * exp(-square(length1 * frequency / 2));
  vector[L] root_sigma
      = sd2 * sqrt(sqrt(2 * pi()) * length2) * exp(-square(length2 * frequency_sigma / 2));
  intercept ~ student_t(3, -13, 36);
  sd1 ~ student_t(3, 0, 36);
  length1 ~ inv_gamma(1.124909, 0.0177);
  z1 ~ std_normal();
  intercept_sigma ~ student_t(3, 0, 10);
  sd2 ~ student_t(3, 0, 36);
  length2 ~ inv_gamma(1.124909, 0.0177);
  z2 ~ std_normal();
  y ~ normal(intercept + X * (root .* z1), exp(intercept_sigma + Z * (root_sigma .* z2)));
}
