// Hidden Markov model of two states; as models/hmm_example.py. For stanli, which has no hmm_marginal.
data {
  int<lower=1> N;
  vector[N] y;
}
parameters {
  real<lower=0, upper=1> stay;
  real<lower=0, upper=1> leave;
  positive_ordered[2] mu;
}
model {
  matrix[2, 2] step = log([[stay, 1 - stay], [leave, 1 - leave]]);
  matrix[N, 2] emission;
  vector[2] forward;
  mu[1] ~ normal(3, 1);
  mu[2] ~ normal(10, 1);
  for (k in 1:2) {
    emission[, k] = -0.5 * square(y - mu[k]) - 0.5 * log(2 * pi());
  }
  forward = emission[1]';
  for (t in 2:N) {
    vector[2] before = forward;
    for (k in 1:2) {
      forward[k] = log_sum_exp(before + step[, k]) + emission[t, k];
    }
  }
  target += log_sum_exp(forward);
}
