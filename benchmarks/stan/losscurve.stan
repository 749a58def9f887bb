// Losses of cohorts as they grow; as models/losscurve.py.
data {
  int<lower=0> N;
  int<lower=0> J;
  array[N] int<lower=1, upper=J> cohort;
  vector[N] time;
  vector[J] premium;
  vector[N] loss;
}
transformed data {
  vector[N] due = premium[cohort];
}
parameters {
  real<lower=0> omega;
  real<lower=0> theta;
  real mu;
  real<lower=0> sd_ratio;
  real<lower=0> loss_sd;
  vector<lower=0>[J] ratio;
}
model {
  omega ~ lognormal(0, 0.5);
  theta ~ lognormal(0, 0.5);
  mu ~ normal(0, 0.5);
  sd_ratio ~ lognormal(0, 0.5);
  loss_sd ~ lognormal(0, 0.7);
  ratio ~ lognormal(mu, sd_ratio);
  loss ~ normal(ratio[cohort] .* due .* -expm1(-pow(time / theta, omega)), loss_sd * due);
}
