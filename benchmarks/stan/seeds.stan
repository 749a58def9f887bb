// Seeds that germinate, with an effect of each dish; as models/seeds.py.
data {
  int<lower=0> N;
  vector[N] seed;
  vector[N] extract;
  array[N] int<lower=0> total;
  array[N] int<lower=0> germinated;
}
transformed data {
  vector[N] both = seed .* extract;
}
parameters {
  real alpha0;
  real alpha1;
  real alpha2;
  real alpha12;
  real<lower=0> tau;
  vector[N] b;
}
model {
  alpha0 ~ normal(0, 1000);
  alpha1 ~ normal(0, 1000);
  alpha2 ~ normal(0, 1000);
  alpha12 ~ normal(0, 1000);
  tau ~ gamma(1e-3, 1e-3);
  b ~ normal(0, inv_sqrt(tau));
  germinated ~ binomial_logit(total, alpha0 + alpha1 * seed + alpha2 * extract + alpha12 * both + b);
}
