#pragma once

// A PostgreSQL of the test run's own: a fresh cluster in a temporary folder, on a socket there, gone with the process.

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <libpq-fe.h>
#include <pwd.h>
#include <stdexcept>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace fleeting {

class PostgresServer {
public:
    /// The one of this process. Throws where PostgreSQL isn't installed: that fails the run.
    static PostgresServer& shared()
    {
        static auto server = PostgresServer{};
        return server;
    }
    PostgresServer()
    {
        if (::mkdtemp(folder_.data()) == nullptr)
            throw std::runtime_error{"no temporary folder"};
        auto const* const owner = ::getpwnam("postgres");
        if (::geteuid() == 0 && (owner == nullptr || ::chown(folder_.c_str(), owner->pw_uid, owner->pw_gid) != 0))
            throw std::runtime_error{"there is no user postgres: run script/bootstrap"};
        auto const made = run({program("initdb"), "-D", folder_ + "/data", "-U", "app", "-A", "trust", "-E", "UTF8",
                               "--no-locale", "--no-sync", "--wal-segsize=1", "--no-instructions"});
        auto status = 0;
        if (::waitpid(made, &status, 0) != made || status != 0)
            throw std::runtime_error{"initdb failed: " + folder_ + "/log"};
        start();
    }
    ~PostgresServer()
    {
        stop();
        std::filesystem::remove_all(folder_);
    }
    PostgresServer(PostgresServer const&) = delete;
    PostgresServer& operator=(PostgresServer const&) = delete;

    void start()
    {
        process_ = run({program("postgres"), "-D", folder_ + "/data", "-k", folder_, "-c", "listen_addresses=", "-c", "fsync=off",
                        "-c", "full_page_writes=off", "-c", "shared_buffers=32MB", "-c", "deadlock_timeout=50ms"});
        for (auto i = 0; PQping(url_of("postgres").c_str()) != PQPING_OK; ++i) {
            if (i == 1'000)
                throw std::runtime_error{"PostgreSQL doesn't start: " + folder_ + "/log"};
            std::this_thread::sleep_for(std::chrono::milliseconds{10});
        }
    }
    /// Ends every session at once.
    void stop()
    {
        ::kill(process_, SIGQUIT);
        ::waitpid(process_, nullptr, 0);
    }
    /// To the server and each process of its own.
    void signal_all(int signal)
    {
        auto const children = children_of(process_);
        ::kill(process_, signal);
        for (auto const child : children)
            ::kill(child, signal);
    }

    [[nodiscard]] std::string url_of(std::string const& database) const
    {
        return "postgresql://app@/" + database + "?host=" + folder_;
    }
    /// The name of a database with nothing in it.
    std::string make_database()
    {
        auto const name = "test_" + std::to_string(++databases_);
        ask("postgres", "CREATE DATABASE " + name);
        return name;
    }
    /// The first value of what a statement returns, or nothing.
    std::string ask(std::string const& database, std::string const& sql) const
    {
        auto* const connection = PQconnectdb(url_of(database).c_str());
        auto* const result = PQexec(connection, sql.c_str());
        auto const status = PQresultStatus(result);
        auto const failure = std::string{PQerrorMessage(connection)};
        auto const value = PQntuples(result) > 0 ? std::string{PQgetvalue(result, 0, 0)} : std::string{};
        PQclear(result);
        PQfinish(connection);
        if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
            throw std::runtime_error{failure};
        return value;
    }
    /// The process of a session of that database.
    pid_t backend_of(std::string const& database) const
    {
        return std::stoi(ask("postgres", "SELECT pid FROM pg_stat_activity WHERE datname = '" + database + "' LIMIT 1"));
    }

private:
    static std::string program(std::string const& name)
    {
        auto newest = std::pair{0, std::string{}};
        for (auto const& version : std::filesystem::directory_iterator{"/usr/lib/postgresql"})
            if (auto const file = version.path() / "bin" / name; std::filesystem::exists(file))
                newest = std::max(newest, {std::stoi(version.path().filename()), file.string()});
        if (newest.second.empty())
            throw std::runtime_error{"PostgreSQL isn't installed: run script/bootstrap"};
        return newest.second;
    }

    /// Starts a program as somebody who isn't root, as PostgreSQL wants it; it doesn't outlive the test.
    pid_t run(std::vector<std::string> words) const
    {
        auto command = std::vector<std::string>{"setpriv", "--pdeathsig=QUIT"};
        if (::geteuid() == 0)
            command.insert(command.end(), {"--reuid=postgres", "--regid=postgres", "--init-groups"});
        command.insert(command.end(), words.begin(), words.end());
        auto arguments = std::vector<char*>{};
        for (auto& word : command)
            arguments.push_back(word.data());
        arguments.push_back(nullptr);
        auto const log = folder_ + "/log";
        auto const child = ::fork();
        if (child != 0)
            return child;
        auto const out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
        ::dup2(out, STDOUT_FILENO);
        ::dup2(out, STDERR_FILENO);
        ::execvp(arguments.front(), arguments.data());
        ::_exit(127);
    }

    static std::vector<pid_t> children_of(pid_t parent)
    {
        auto children = std::vector<pid_t>{};
        auto* const list =
            std::fopen(("/proc/" + std::to_string(parent) + "/task/" + std::to_string(parent) + "/children").c_str(), "re");
        for (auto child = 0; list != nullptr && std::fscanf(list, "%d", &child) == 1;)
            children.push_back(child);
        if (list != nullptr)
            std::fclose(list);
        return children;
    }

    std::string folder_ = std::filesystem::temp_directory_path() / "fleeting-postgres-XXXXXX";
    pid_t process_ = 0;
    int databases_ = 0;
};

}  // namespace fleeting
