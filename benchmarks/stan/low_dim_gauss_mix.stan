// Mixture of two normal laws; as models/low_dim_gauss_mix.py.
data {
  int<lower=0> N;
  vector[N] y;
}
parameters {
  ordered[2] mu;
  array[2] real<lower=0> sigma;
  real<lower=0, upper=1> theta;
}
model {
  // As log_mix, but over the whole vector: log(e^a + e^b) = a + log1p_exp(b - a).
  vector[N] first = -0.5 * square((y - mu[1]) / sigma[1]);
  vector[N] second = -0.5 * square((y - mu[2]) / sigma[2]);
  real shift = log1m(theta) - log(sigma[2]) - log(theta) + log(sigma[1]);
  mu ~ normal(0, 2);
  sigma ~ normal(0, 2);
  theta ~ beta(5, 5);
  target += N * (log(theta) - log(sigma[1])) + sum(first) + sum(log1p_exp(second - first + shift));
}
