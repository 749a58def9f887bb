// Poisson regression with a Gaussian process; as models/gp_pois_regr.py.
data {
  int<lower=1> N;
  array[N] real x;
  array[N] int<lower=0> k;
}
parameters {
  real<lower=0> rho;
  real<lower=0> alpha;
  vector[N] f_tilde;
}
model {
  matrix[N, N] covariance = add_diag(gp_exp_quad_cov(x, alpha, rho), 1e-10);
  rho ~ gamma(25, 4);
  alpha ~ normal(0, 2);
  f_tilde ~ std_normal();
  k ~ poisson_log(cholesky_decompose(covariance) * f_tilde);
}
