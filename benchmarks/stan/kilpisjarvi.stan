// A line through yearly temperatures; as models/kilpisjarvi.py.
data {
  int<lower=0> N;
  vector[N] x;
  vector[N] y;
  vector[2] centre;
  vector[2] spread;
}
parameters {
  real alpha;
  real beta;
  real<lower=0> sigma;
}
model {
  alpha ~ normal(centre[1], spread[1]);
  beta ~ normal(centre[2], spread[2]);
  y ~ normal(alpha + beta * x, sigma);
}
