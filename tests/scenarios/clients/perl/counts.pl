#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Net::Statsd, which sends by UDP alone: counts.pl PORT
use strict;
use warnings;
use Net::Statsd;
$Net::Statsd::HOST = '127.0.0.1';
$Net::Statsd::PORT = $ARGV[0];
Net::Statsd::increment('perl.hits') for 1 .. 300;
Net::Statsd::update_stats(['perl.hits'], 5);
Net::Statsd::gauge('perl.depth' => 10);
Net::Statsd::gauge('perl.depth' => '+5');
Net::Statsd::timing('perl.time' => 250);
