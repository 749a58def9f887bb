// A curve of growth; as models/dugongs.py.
data {
  int<lower=0> N;
  vector[N] age;
  vector[N] length;
}
parameters {
  real alpha;
  real beta;
  real<lower=0.5, upper=1> lambda;
  real<lower=0> tau;
}
model {
  alpha ~ normal(0, 1000);
  beta ~ normal(0, 1000);
  tau ~ gamma(1e-4, 1e-4);
  length ~ normal(alpha - beta * pow(lambda, age), inv_sqrt(tau));
}
