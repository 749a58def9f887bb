// Times Stan's own gradient: what its sampler calls, in a loop of compiled code.
//
//   driver DATA.json < requests
//
// Prints the number of unconstrained parameters, then answers one line each:
//   g x...        log density (up to a constant) and gradient
//   t calls x...  processor seconds of so many evaluations
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iostream>
#include <sstream>
#include <stan/io/json/json_data.hpp>
#include <stan/model/gradient.hpp>
#include <stan/model/model_base.hpp>
#include <string>

stan::model::model_base& new_model(stan::io::var_context& data, unsigned int seed,
                                   std::ostream* messages);

namespace {

using Vector = Eigen::VectorXd;

Vector point(std::istream& words, Eigen::Index size) {
  Vector x(size);
  for (Eigen::Index i = 0; i < size; ++i) {
    std::string word;
    words >> word;
    x[i] = std::stod(word);
  }
  return x;
}

void answer_gradient(const stan::model::model_base& model, const Vector& x) {
  double value = 0.0;
  Vector gradient;
  stan::model::gradient(model, x, value, gradient, &std::cerr);
  std::printf("%.17g", value);
  for (double part : gradient) {
    std::printf(" %.17g", part);
  }
  std::printf("\n");
}

double processor_seconds() {
  std::timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

void answer_seconds(const stan::model::model_base& model, Vector x, long calls) {
  double value = 0.0;
  Vector gradient = Vector::Zero(x.size());
  const double first = x[0];
  const double start = processor_seconds();
  for (long i = 0; i < calls; ++i) {
    x[0] = first + 1e-300 * gradient[0];
    stan::model::gradient(model, x, value, gradient, &std::cerr);
  }
  std::printf("%.9g\n", processor_seconds() - start);
}

}  // namespace

int main(int, char** arguments) {
  std::ifstream file(arguments[1]);
  stan::json::json_data data(file);
  stan::model::model_base& model = new_model(data, 1, &std::cerr);
  const Eigen::Index size = static_cast<Eigen::Index>(model.num_params_r());
  std::printf("%ld\n", static_cast<long>(size));
  std::fflush(stdout);
  std::string line;
  while (std::getline(std::cin, line)) {
    std::istringstream words(line);
    std::string task;
    words >> task;
    try {
      if (task == "t") {
        long calls = 0;
        words >> calls;
        answer_seconds(model, point(words, size), calls);
      } else {
        answer_gradient(model, point(words, size));
      }
    } catch (const std::exception& error) {
      std::printf("error %s\n", error.what());
    }
    std::fflush(stdout);
  }
  return 0;
}
