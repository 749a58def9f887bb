// Votes with effects of five groupings; as models/election88.py.
data {
  int<lower=0> N;
  matrix[N, 5] X;
  array[5] int<lower=1> size;
  array[N] int<lower=1> age;
  array[N] int<lower=1> edu;
  array[N] int<lower=1> age_edu;
  array[N] int<lower=1> state;
  array[N] int<lower=1> region;
  array[N] int<lower=0, upper=1> y;
}
parameters {
  vector[5] beta;
  real<lower=0, upper=100> sigma_a;
  vector[size[1]] a;
  real<lower=0, upper=100> sigma_b;
  vector[size[2]] b;
  real<lower=0, upper=100> sigma_c;
  vector[size[3]] c;
  real<lower=0, upper=100> sigma_d;
  vector[size[4]] d;
  real<lower=0, upper=100> sigma_e;
  vector[size[5]] e;
}
model {
  beta ~ normal(0, 100);
  a ~ normal(0, sigma_a);
  b ~ normal(0, sigma_b);
  c ~ normal(0, sigma_c);
  d ~ normal(0, sigma_d);
  e ~ normal(0, sigma_e);
  y ~ bernoulli_logit_glm(X, a[age] + b[edu] + c[age_edu] + d[state] + e[region], beta);
}
