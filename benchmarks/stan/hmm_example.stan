// Hidden Markov model of two states; as models/hmm_example.py.
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
  matrix[2, N] emission;
  matrix[2, 2] step = [[stay, 1 - stay], [leave, 1 - leave]];
  mu[1] ~ normal(3, 1);
  mu[2] ~ normal(10, 1);
  for (k in 1:2) {
    emission[k] = -0.5 * square(y - mu[k])' - 0.5 * log(2 * pi());
  }
  target += hmm_marginal(emission, step, [0.5, 0.5]');
}
