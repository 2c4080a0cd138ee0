"""The running program: settings, processes, web application, jobs, command line. Nobody imports it."""
