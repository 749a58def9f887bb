// A series as level, season and two effects; as models/uk_drivers.py.
data {
  int<lower=12> N;
  vector[N] petrol;
  vector[N] law;
  vector[N] y;
}
transformed data {
  real middle = mean(y);
  real room = 3 * sd(y);
}
parameters {
  vector<lower=middle - room, upper=middle + room>[N] mu;
  vector[N] seasonal;
  real beta;
  real lambda;
  positive_ordered[3] sigma;
}
model {
  vector[N - 11] year = seasonal[1:N - 11];
  for (k in 2:12) {
    year += seasonal[k:N - 12 + k];
  }
  sigma ~ student_t(4, 0, 1);
  year ~ normal(0, sigma[1]);
  mu[2:] - mu[:N - 1] ~ normal(0, sigma[2]);
  y ~ normal(mu + beta * petrol + lambda * law + seasonal, sigma[3]);
}
