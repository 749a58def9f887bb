// Times Stan's own gradient, in a loop of compiled code, and Stan's own sampler.
//
//   driver DATA.json < requests
//
// Prints the number of unconstrained parameters, then answers one line each:
//   g x...        log density (up to a constant) and gradient
//   t calls x...  processor seconds of so many evaluations
//   s seed chains warmup draws FILE
//                 NUTS with CmdStan's defaults, one chain after the other; rows of doubles to
//                 FILE; how many numbers a row has, processor seconds of warmup and of draws
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iostream>
#include <sstream>
#include <stan/callbacks/interrupt.hpp>
#include <stan/callbacks/logger.hpp>
#include <stan/callbacks/writer.hpp>
#include <stan/io/empty_var_context.hpp>
#include <stan/io/json/json_data.hpp>
#include <stan/model/gradient.hpp>
#include <stan/model/model_base.hpp>
#include <stan/services/sample/hmc_nuts_diag_e_adapt.hpp>
#include <stdexcept>
#include <string>
#include <vector>

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

// Takes Stan's rows: seven statistics (the fifth counts leapfrog steps, the sixth marks
// divergences), then the parameters and what is computed from them.
class Rows : public stan::callbacks::writer {
 public:
  Rows(std::ofstream& file, std::size_t kept) : file_(file), kept_(kept) {}

  void operator()(const std::vector<double>& row) override {
    file_.write(reinterpret_cast<const char*>(row.data()),
                static_cast<std::streamsize>(sizeof(double) * kept_));
  }

  // Stan says "Adaptation terminated" between warmup and the draws.
  void operator()(const std::string& message) override {
    if (message.find("Adaptation") != std::string::npos) {
      adapted_ = processor_seconds();
    }
  }

  using stan::callbacks::writer::operator();

  double adapted() const { return adapted_; }

 private:
  std::ofstream& file_;
  std::size_t kept_;
  double adapted_ = 0.0;
};

// Keeps the last complaint, to say why a chain could not begin.
class Complaints : public stan::callbacks::logger {
 public:
  using stan::callbacks::logger::error;
  void error(const std::string& message) override { last = message; }
  void error(const std::stringstream& message) override { last = message.str(); }
  std::string last;
};

void answer_sample(stan::model::model_base& model, std::istream& words) {
  unsigned int seed = 0;
  int chains = 0;
  int warmup = 0;
  int draws = 0;
  std::string path;
  words >> seed >> chains >> warmup >> draws >> path;
  std::ofstream file(path, std::ios::binary);
  std::vector<std::string> names;
  model.constrained_param_names(names, false, false);
  const std::size_t kept = 7 + names.size();
  double warming = 0.0;
  double drawing = 0.0;
  for (int chain = 1; chain <= chains; ++chain) {
    Rows rows(file, kept);
    Complaints complaints;
    stan::callbacks::interrupt interrupt;
    stan::callbacks::writer nobody;
    stan::callbacks::structured_writer nothing;
    const stan::io::empty_var_context anywhere;
    const double begin = processor_seconds();
    // The numbers are CmdStan's defaults.
    const int status = stan::services::sample::hmc_nuts_diag_e_adapt(
        model, anywhere, seed, static_cast<unsigned int>(chain), 2.0, warmup, draws, 1, false, 0,
        1.0, 0.0, 10, 0.8, 0.05, 0.75, 10.0, 75, 50, 25, interrupt, complaints, nobody, rows,
        nobody, nothing);
    if (status != 0 || rows.adapted() == 0.0) {
      throw std::runtime_error("chain " + std::to_string(chain) + ": " + complaints.last);
    }
    warming += rows.adapted() - begin;
    drawing += processor_seconds() - rows.adapted();
  }
  std::printf("%zu %.9g %.9g\n", kept, warming, drawing);
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
      } else if (task == "s") {
        answer_sample(model, words);
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
