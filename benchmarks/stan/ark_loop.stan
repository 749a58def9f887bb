// Autoregression with loops over times and lags; as models/ark_loop.py.
data {
  int<lower=0> T;
  int<lower=0> K;
  vector[T] y;
}
parameters {
  real alpha;
  vector[K] beta;
  real<lower=0> sigma;
}
model {
  vector[T - K] mean;
  alpha ~ normal(0, 10);
  beta ~ normal(0, 10);
  sigma ~ cauchy(0, 2.5);
  for (t in (K + 1):T) {
    real m = alpha;
    for (k in 1:K) {
      m += beta[k] * y[t - k];
    }
    mean[t - K] = m;
  }
  y[(K + 1):T] ~ normal(mean, sigma);
}
