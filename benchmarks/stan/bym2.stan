// Counts of areas with neighbours; as models/bym2.py.
data {
  int<lower=0> N;
  int<lower=0> E;
  array[E] int<lower=1, upper=N> first;
  array[E] int<lower=1, upper=N> second;
  vector[N] exposure;
  real<lower=0> scaling;
  array[N] int<lower=0> accidents;
}
transformed data {
  vector[N] log_exposure = log(exposure);
}
parameters {
  real beta0;
  real<lower=0> sigma;
  real<lower=0, upper=1> rho;
  vector[N] theta;
  vector[N] phi;
}
model {
  vector[N] effect = sqrt(1 - rho) * theta + sqrt(rho / scaling) * phi;
  beta0 ~ std_normal();
  sigma ~ std_normal();
  rho ~ beta(0.5, 0.5);
  theta ~ std_normal();
  target += -0.5 * dot_self(phi[first] - phi[second]);
  sum(phi) ~ normal(0, 0.001 * N);
  accidents ~ poisson_log(log_exposure + beta0 + effect * sigma);
}
